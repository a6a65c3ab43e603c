package safedial

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"

	"golang.org/x/net/idna"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/fault"
)

// Resolver finds the addresses of a host name; *net.Resolver is one.
type Resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// Options configure a Dialer; zero values mean the defaults.
type Options struct {
	Resolver Resolver // nil: Go's own resolver
	// AllowHosts are exceptions, each host:port exactly as the URL names it, in
	// lower case, with the port always given. They open private addresses, never
	// the metadata services.
	AllowHosts []string
	Clock      clock.Clock // nil: the wall clock
	// Pace, if set, is asked before every call that has a caller (package pace), and
	// told what services say of their own limits.
	Pace Pacer
	// MaxBytes limits a response body after decompression; 0 is DefaultMaxBytes.
	MaxBytes int64
	// Connect opens a connection to an address that was found fit; nil is the
	// network. Tests lead public addresses to local servers with it.
	Connect func(ctx context.Context, network string, to netip.AddrPort) (net.Conn, error)
}

// Pacer limits how often hosts are called; *pace.Limiter is one.
type Pacer interface {
	Admit(ctx context.Context, host string) error
	Heard(ctx context.Context, host string, wait time.Duration)
}

// Limits that hold unless a request asks for less.
const (
	DefaultMaxBytes     = 64 << 20
	DefaultTimeout      = 60 * time.Second
	DefaultMaxRedirects = 21 // what n8n's HTTP client follows
	maxHeaderBytes      = 128 << 10
	maxHost             = 1000 // bytes; 253 in DNS, more before names of other scripts are encoded
	connectTimeout      = 10 * time.Second
	// idleTimeout is short: a POST on a connection that the server is just closing
	// has an unknown outcome, and many servers close after five seconds.
	idleTimeout = 4 * time.Second
)

// Dialer opens connections and sends HTTP requests to public addresses only. It
// is safe for concurrent use.
type Dialer struct {
	resolver Resolver
	allow    map[string]bool
	clock    clock.Clock
	maxBytes int64
	pace     Pacer
	connect  func(ctx context.Context, network string, to netip.AddrPort) (net.Conn, error)
	verified *http.Transport
	insecure *http.Transport
}

// New makes a Dialer.
func New(o Options) *Dialer {
	d := &Dialer{resolver: o.Resolver, allow: map[string]bool{}, clock: o.Clock, maxBytes: o.MaxBytes, connect: o.Connect, pace: o.Pace}
	if d.resolver == nil {
		// The system's resolver would read "2130706433" as an address.
		d.resolver = &net.Resolver{PreferGo: true}
	}
	if d.clock == nil {
		d.clock = clock.Real()
	}
	if d.maxBytes <= 0 {
		d.maxBytes = DefaultMaxBytes
	}
	if d.connect == nil {
		d.connect = d.connectNetwork
	}
	for _, h := range o.AllowHosts {
		d.allow[strings.ToLower(h)] = true
	}
	d.verified = d.transport(false)
	d.insecure = d.transport(true)
	return d
}

// Clock is the clock by which requests are timed; nodes that pace their requests use it.
func (d *Dialer) Clock() clock.Clock { return d.clock }

// CloseIdleConnections closes the connections that no request uses.
func (d *Dialer) CloseIdleConnections() {
	d.verified.CloseIdleConnections()
	d.insecure.CloseIdleConnections()
}

// DialContext connects to addr (host:port) over network (tcp, tcp4 or tcp6),
// under the same rules as an HTTP request. Its faults are ADDRESS_REFUSED,
// UPSTREAM_ERROR and NODE_TIMEOUT, all with Outcome NotSent. A connection counts
// as one call to the host.
func (d *Dialer) DialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	if host, _, err := net.SplitHostPort(addr); err == nil {
		if err := d.admit(ctx, host); err != nil {
			return nil, err
		}
	}
	return d.dial(ctx, network, addr)
}

// dial is DialContext for a call that was admitted.
func (d *Dialer) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	if network != "tcp" && network != "tcp4" && network != "tcp6" {
		return nil, refuse("network %q is not allowed; only TCP is", network)
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, fault.CodeValidation, "The address %q is not of the form host:port.", addr)
	}
	targets, err := d.resolve(ctx, host, port)
	if err != nil {
		return nil, err
	}
	var failed error
	for _, to := range targets {
		if (network == "tcp4") != to.Addr().Is4() && network != "tcp" {
			continue
		}
		conn, err := d.connect(ctx, network, to)
		if err == nil {
			return conn, nil
		}
		failed = err
		if ctx.Err() != nil {
			break
		}
	}
	return nil, dialFault(ctx, host, failed)
}

// resolve finds the addresses of host and refuses unless all are allowed.
func (d *Dialer) resolve(ctx context.Context, host, port string) ([]netip.AddrPort, error) {
	ascii, err := canonicalHost(host)
	if err != nil {
		return nil, err
	}
	portNumber, err := net.DefaultResolver.LookupPort(ctx, "tcp", port)
	if err != nil || portNumber == 0 {
		return nil, refuse("port %q is not a port number", port)
	}
	fit := public
	if d.allow[net.JoinHostPort(ascii, port)] {
		fit = open
	}
	addrs, err := d.addresses(ctx, ascii)
	if err != nil {
		return nil, err
	}
	list := make([]netip.AddrPort, 0, len(addrs))
	for _, a := range addrs {
		if !fit(a) {
			return nil, refuse("%s leads to an address that is not on the public internet", host)
		}
		list = append(list, netip.AddrPortFrom(a.Unmap(), uint16(portNumber)))
	}
	return list, nil
}

func (d *Dialer) addresses(ctx context.Context, host string) ([]netip.Addr, error) {
	if a, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{a}, nil
	}
	addrs, err := d.resolver.LookupNetIP(ctx, "ip", host)
	if err != nil || len(addrs) == 0 {
		return nil, lookupFault(ctx, host, err)
	}
	return addrs, nil
}

// canonicalHost returns host in the form in which it is looked up and compared.
func canonicalHost(host string) (string, error) {
	if len(host) > maxHost {
		return "", refuse("the host name is longer than %d bytes", maxHost)
	}
	bare := strings.TrimSuffix(strings.ToLower(host), ".")
	if a, err := netip.ParseAddr(bare); err == nil {
		return a.String(), nil
	}
	ascii, err := idna.Lookup.ToASCII(bare)
	if err != nil {
		// Names with underscores are not allowed by IDNA, but do exist in DNS.
		ascii, err = bare, asciiOnly(bare)
	}
	ascii = strings.TrimSuffix(ascii, ".") // other scripts have full stops of their own
	if err != nil || ascii == "" || ascii[0] == '.' || strings.Contains(ascii, "..") || strings.HasSuffix(ascii, ".") {
		return "", refuse("%q is not a host name", host)
	}
	if a, err := netip.ParseAddr(ascii); err == nil {
		return a.String(), nil
	}
	if numericHost(ascii) {
		return "", refuse("%q is an address in an unusual spelling; write it as four decimal numbers", host)
	}
	return ascii, nil
}

func asciiOnly(s string) error {
	for _, c := range []byte(s) {
		ok := c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '.' || c == '_'
		if !ok {
			return errors.New("not a host name")
		}
	}
	return nil
}

// connectNetwork opens the socket; its control hook sees the address that the
// kernel will really connect to.
func (d *Dialer) connectNetwork(ctx context.Context, network string, to netip.AddrPort) (net.Conn, error) {
	nd := net.Dialer{Timeout: connectTimeout, KeepAlive: 30 * time.Second}
	nd.ControlContext = func(_ context.Context, _, address string, _ syscall.RawConn) error {
		real, err := netip.ParseAddrPort(address)
		if err != nil || real.Addr().Unmap() != to.Addr() || real.Port() != to.Port() {
			return refuse("%s is not the address that was checked", address)
		}
		return nil
	}
	return nd.DialContext(ctx, network, to.String())
}

// HostPort is the host and port that a URL leads to, in the form of AllowHosts.
func HostPort(rawURL string) (string, error) {
	u, err := url.Parse(rawURL)
	if err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https" {
		return "", fault.Wrap(err, fault.Invalid, fault.CodeValidation, "%q is not an http or https URL.", rawURL)
	}
	return net.JoinHostPort(strings.ToLower(u.Hostname()), port(u)), nil
}
