package safedial

import (
	"context"
	"net/http"
	"net/netip"
	"testing"

	"pgregory.net/rapid"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
)

// mustRefuse fails unless url is refused before any connection is opened.
func mustRefuse(t *testing.T, w *world, url string) {
	t.Helper()
	f := w.get(t, url)
	if f == nil {
		t.Errorf("%s was called", url)
		return
	}
	if f.Code != fault.CodeAddressRefused || f.Kind != fault.Forbidden || f.Outcome != fault.NotSent {
		t.Errorf("%s gave %v (kind %v, outcome %v)", url, f, f.Kind, f.Outcome)
	}
	if len(w.dialed) > 0 {
		t.Errorf("%s opened a connection to %v", url, w.dialed)
		w.dialed = nil
	}
}

func TestSSRFPrivateAndMetadataAddresses(t *testing.T) {
	w := newWorld(t, ok)
	for _, host := range []string{
		"127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1",
		"169.254.169.254", "169.254.170.2", "100.64.0.1", "100.100.100.200", "168.63.129.16",
		"192.0.0.192", "198.18.0.1", "224.0.0.1", "239.255.255.250", "255.255.255.255", "240.0.0.1",
		"[::1]", "[::]", "[fe80::1]", "[fc00::1]", "[fd00:ec2::254]", "[ff02::1]", "[2001:db8::1]", "[fec0::1]",
	} {
		mustRefuse(t, w, "http://"+host+"/latest/meta-data/")
	}
}

func TestSSRFLambdaRuntimeAPI(t *testing.T) {
	w := newWorld(t, ok)
	for _, url := range []string{
		"http://127.0.0.1:9001/2018-06-01/runtime/invocation/next", "http://[::1]:9001/", "http://[::ffff:127.0.0.1]:9001/",
	} {
		mustRefuse(t, w, url)
	}
}

func TestSSRFEmbeddedIPv4(t *testing.T) {
	w := newWorld(t, ok)
	for name, host := range map[string]string{
		"mapped": "[::ffff:169.254.169.254]", "mapped hex": "[::ffff:a9fe:a9fe]", "mapped loopback": "[::ffff:7f00:1]",
		"compatible": "[::169.254.169.254]", "NAT64": "[64:ff9b::169.254.169.254]", "NAT64 private": "[64:ff9b::a00:1]",
		"NAT64 local": "[64:ff9b:1::1]", "6to4": "[2002:a9fe:a9fe::1]", "6to4 of a public address": "[2002:5db8:d822::1]",
		"Teredo": "[2001:0:4136:e378:8000:63bf:3fff:fdd2]", "ISATAP": "[2606:4700::5efe:10.0.0.1]",
		"ISATAP local bit": "[2606:4700::200:5efe:10.0.0.1]",
	} {
		t.Run(name, func(t *testing.T) { mustRefuse(t, w, "http://"+host+"/") })
	}
}

func TestSSRFDecimalOctalAndHexHosts(t *testing.T) {
	w := newWorld(t, ok)
	for _, host := range []string{
		"2130706433", "0x7f000001", "0x7f.0.0.1", "017700000001", "0177.0.0.1", "127.1", "127.0.1", "0",
		"2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "169.254.43518", "127.0.0.1.", "0x7f.1", "1.1.1.0x1", "１２７.0.0.1",
	} {
		mustRefuse(t, w, "http://"+host+"/")
	}
}

func TestSSRFNamesThatLeadInside(t *testing.T) {
	w := newWorld(t, ok)
	w.names.answers["localtest.example"] = [][]string{{"127.0.0.1"}}
	w.names.answers["metadata.google.internal"] = [][]string{{"169.254.169.254"}}
	w.names.answers["six.example"] = [][]string{{"fd00:ec2::254"}}
	w.names.answers["localhost"] = [][]string{{"127.0.0.1", "::1"}}
	w.names.answers["half.example"] = [][]string{{shopAddr, "10.0.0.1"}}
	for _, host := range []string{"localtest.example", "metadata.google.internal", "six.example", "localhost", "LOCALHOST.", "half.example"} {
		mustRefuse(t, w, "http://"+host+"/")
	}
}

// The name is public when it is looked up first and private ever after: whoever
// checks and then resolves again connects inside.
func TestSSRFDNSRebinding(t *testing.T) {
	w := newWorld(t, ok)
	w.names.answers["rebind.example"] = [][]string{{shopAddr}, {"127.0.0.1"}}
	if f := w.get(t, "http://rebind.example/"); f != nil {
		t.Fatalf("the first call failed: %v", f)
	}
	if w.names.lookups != 1 || len(w.dialed) != 1 || w.dialed[0] != shopAddr+":80" {
		t.Errorf("%d lookups, connected to %v", w.names.lookups, w.dialed)
	}
	w.CloseIdleConnections()
	w.dialed = nil
	mustRefuse(t, w, "http://rebind.example/")
}

func TestSSRFRedirects(t *testing.T) {
	var to string
	w := newWorld(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, http.StatusFound) }))
	w.names.answers["inside.example"] = [][]string{{"10.0.0.7"}}
	for _, to = range []string{
		"http://169.254.169.254/latest/", "http://127.0.0.1:9001/", "http://inside.example/", "http://[::ffff:127.0.0.1]/",
		"http://0x7f000001/", "ftp://shop.example/", "file:///etc/passwd", "gopher://127.0.0.1:25/", "//127.0.0.1/",
	} {
		f := w.get(t, "http://shop.example/")
		if f == nil || f.Code != fault.CodeAddressRefused {
			t.Errorf("redirect to %s gave %v", to, f)
		}
		if f != nil && f.Outcome != fault.Refused {
			t.Errorf("redirect to %s: the first server was called, the outcome is %v", to, f.Outcome)
		}
	}
	for _, a := range w.dialed {
		if a != shopAddr+":80" {
			t.Errorf("connected to %s", a)
		}
	}
}

// TestSSRFAddressesThatParsersReadInTwoWays: whatever the part before or behind a sign
// pretends to be, nothing but the host that is dialled counts.
func TestSSRFAddressesThatParsersReadInTwoWays(t *testing.T) {
	w := newWorld(t, ok)
	for _, url := range []string{
		"http://shop.example@127.0.0.1/", "http://shop.example:80@127.0.0.1:9001/", "http://shop.example%40127.0.0.1/", "http://a:b@c@169.254.169.254/",
		`http://127.0.0.1\@shop.example/`, `http://shop.example\@127.0.0.1/`, "http://127.0.0.1#@shop.example/", "http://127.0.0.1?@shop.example/", "http://127.0.0.1;@shop.example/",
		"http://shop.example#@127.0.0.1/", "http://shop.example/@127.0.0.1/", "http://127.0.0.1:80@shop.example/", "http://127.0.0.1%2f@shop.example/",
		"http://127.0.0.1%00.shop.example/", "http://127.0.0.1%09/", "http://127.0.0.1\t.shop.example/", "http://127.0.0.1\r\nHost: shop.example/",
		"http://[::ffff:127.0.0.1%25lo]/", "http://[::1%25eth0]/", "http://①②⑦.⓪.⓪.①/", "http://127。0。0。1/", "http://ⓛocalhost/",
		"http:/127.0.0.1/", "http:127.0.0.1", "http:///127.0.0.1/", "//127.0.0.1/", "http://127.0.0.1:80:80/", "http://[127.0.0.1]/", "http://::1/", "http://:80/", "http://",
	} {
		f := w.get(t, url)
		for _, a := range w.dialed {
			if a != shopAddr+":80" {
				t.Errorf("%q connected to %s (%v)", url, a, f)
			}
		}
		w.dialed = nil
		w.CloseIdleConnections()
	}
}

func TestSSRFOtherSchemes(t *testing.T) {
	w := newWorld(t, ok)
	for _, url := range []string{"file:///proc/self/environ", "ftp://shop.example/", "gopher://shop.example/", "unix:///run/docker.sock", "dict://shop.example:11211/"} {
		mustRefuse(t, w, url)
	}
}

func TestSSRFDialContextFollowsTheSameRules(t *testing.T) {
	w := newWorld(t, ok)
	for _, addr := range []string{"127.0.0.1:5432", "[::ffff:10.0.0.1]:5432", "2130706433:5432", "shop.example:0"} {
		if _, err := w.DialContext(context.Background(), "tcp", addr); asFault(t, err).Code != fault.CodeAddressRefused {
			t.Errorf("%s gave %v", addr, err)
		}
	}
	if _, err := w.DialContext(context.Background(), "unix", "/run/docker.sock"); asFault(t, err).Code != fault.CodeAddressRefused {
		t.Errorf("a unix socket gave %v", err)
	}
	conn, err := w.DialContext(context.Background(), "tcp", "shop.example:5432")
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.Close()
	if w.dialed[0] != shopAddr+":5432" {
		t.Errorf("connected to %v", w.dialed)
	}
}

func TestExceptionsAreExactAndNeverOpenMetadata(t *testing.T) {
	w := newWorld(t, ok, func(o *Options) {
		o.AllowHosts = []string{"127.0.0.1:8080", "crm.internal:80", "169.254.169.254:80", "meta.internal:80", "[fd00:ec2::254]:80"}
	})
	w.names.answers["crm.internal"] = [][]string{{"10.0.0.9"}}
	w.names.answers["meta.internal"] = [][]string{{"169.254.169.254"}}
	w.names.answers["attacker.example"] = [][]string{{"127.0.0.1"}}
	for _, url := range []string{"http://127.0.0.1:8080/", "http://crm.internal/"} {
		if f := w.get(t, url); f != nil {
			t.Errorf("%s is allowed and gave %v", url, f)
		}
	}
	w.CloseIdleConnections()
	w.dialed = nil
	for _, url := range []string{
		"http://127.0.0.1:8081/", "http://attacker.example:8080/", "http://10.0.0.9/", "https://crm.internal/",
		"http://169.254.169.254/", "http://meta.internal/", "http://[fd00:ec2::254]/",
	} {
		mustRefuse(t, w, url)
	}
}

func TestProxyEnvironmentIsIgnored(t *testing.T) {
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"} {
		t.Setenv(name, "http://10.0.0.1:3128")
	}
	w := newWorld(t, ok)
	if f := w.get(t, "http://shop.example/"); f != nil {
		t.Fatal(f)
	}
	if w.dialed[0] != shopAddr+":80" {
		t.Errorf("connected to %v", w.dialed)
	}
}

// Every address is either refused or reachable under all its spellings alike.
func TestMappedSpellingsAreJudgedLikeTheAddress(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var b [4]byte
		for i := range b {
			b[i] = rapid.Byte().Draw(t, "octet")
		}
		a := netip.AddrFrom4(b)
		mapped := netip.AddrFrom16(a.As16())
		var n [16]byte
		copy(n[:], nat64.Addr().AsSlice())
		copy(n[12:], b[:])
		if public(a) != public(mapped) || public(a) != public(netip.AddrFrom16(n)) {
			t.Fatalf("%s: %v, mapped %v, NAT64 %v", a, public(a), public(mapped), public(netip.AddrFrom16(n)))
		}
		if public(a) && (a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() || a.IsMulticast() || a.IsUnspecified()) {
			t.Fatalf("%s is taken for public", a)
		}
	})
}

func TestNoAddressOfIPv6OutsideGlobalUnicastIsPublic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var b [16]byte
		for i := range b {
			b[i] = rapid.Byte().Draw(t, "byte")
		}
		a := netip.AddrFrom16(b)
		if public(a) && !a.Is4In6() && !nat64.Contains(a) && b[0]>>5 != 1 {
			t.Fatalf("%s is taken for public", a)
		}
	})
}

func FuzzCanonicalHost(f *testing.F) {
	for _, s := range []string{"127.0.0.1", "0x7f.1", "shop.example", "::1", "１２７。0。0。1", "a_b.example", "%31", "xn--p1ai"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		host, err := canonicalHost(s)
		if err != nil {
			return
		}
		again, err := canonicalHost(host)
		if err != nil || again != host {
			t.Errorf("%q becomes %q and then %q (%v)", s, host, again, err)
		}
		if a, err := netip.ParseAddr(host); err != nil && numericHost(host) || err == nil && a.String() != host {
			t.Errorf("%q stays a disguised address: %q", s, host)
		}
	})
}

var _ node.HTTPDoer = (*Dialer)(nil)
