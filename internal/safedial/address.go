package safedial

import (
	"net/netip"
	"strings"
)

// refused4 are the IPv4 blocks that are not the public internet, from IANA's
// IPv4 Special-Purpose Address Registry, and the metadata addresses outside it.
var refused4 = prefixes(
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
	"192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15",
	"198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
	"168.63.129.16/32", // Azure's platform address, routable-looking and internal
)

// global6 is what IANA has given out as global unicast; all else is refused.
var global6 = netip.MustParsePrefix("2000::/3")

// refused6 are the special blocks inside global6: protocol assignments with
// Teredo and ORCHID, documentation, 6to4 and segment routing.
var refused6 = prefixes("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")

// nat64 embeds an IPv4 address in its last 32 bits (RFC 6052); DNS64 resolvers
// of IPv6-only networks make such answers for ordinary public hosts.
var nat64 = netip.MustParsePrefix("64:ff9b::/96")

// metadata are the addresses that no exception opens: they hand out credentials.
var metadata = prefixes("169.254.0.0/16", "fd00:ec2::/32", "fe80::/10", "168.63.129.16/32", "100.100.100.200/32")

func prefixes(texts ...string) []netip.Prefix {
	list := make([]netip.Prefix, len(texts))
	for i, t := range texts {
		list[i] = netip.MustParsePrefix(t)
	}
	return list
}

func within(a netip.Addr, list []netip.Prefix) bool {
	for _, p := range list {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// public reports whether a belongs to the public internet.
func public(a netip.Addr) bool {
	if a.Zone() != "" || !a.IsValid() {
		return false
	}
	a = embedded(a)
	if a.Is4() {
		return !within(a, refused4)
	}
	return global6.Contains(a) && !within(a, refused6) && !isatap(a)
}

// open reports whether a may be reached when the author of the platform's
// configuration allowed its host by name: anything but the metadata services.
func open(a netip.Addr) bool {
	return a.IsValid() && a.Zone() == "" && !within(embedded(a), metadata) && !embedded(a).IsMulticast()
}

// embedded returns the IPv4 address inside an IPv4-mapped or NAT64 one.
func embedded(a netip.Addr) netip.Addr {
	a = a.Unmap()
	if nat64.Contains(a) {
		b := a.As16()
		return netip.AddrFrom4([4]byte(b[12:]))
	}
	return a
}

// isatap reports whether the interface identifier embeds an IPv4 address (RFC
// 5214), which a tunnel endpoint would deliver to.
func isatap(a netip.Addr) bool {
	b := a.As16()
	return b[8]&^2 == 0 && b[9] == 0 && b[10] == 0x5e && b[11] == 0xfe
}

// numericHost reports whether host is an IPv4 address in any spelling but the
// plain dotted one: decimal, octal, hexadecimal or shortened. Resolvers and
// libraries disagree on what these mean, so none is accepted. The rule is the
// URL Standard's "ends in a number".
func numericHost(host string) bool {
	host = strings.TrimSuffix(host, ".")
	if _, err := netip.ParseAddr(host); err == nil {
		return false
	}
	last := host[strings.LastIndexByte(host, '.')+1:]
	if hex, ok := strings.CutPrefix(strings.ToLower(last), "0x"); ok {
		return strings.Trim(hex, "0123456789abcdef") == ""
	}
	return last != "" && strings.Trim(last, "0123456789") == ""
}
