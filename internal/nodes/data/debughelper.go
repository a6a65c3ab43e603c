package data

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"strings"

	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// maxRandomItems is the most random items of one run.
const maxRandomItems = 10_000

func debugHelper() node.Type {
	return node.Type{
		Spec: node.Spec{
			Type: "n8n-nodes-base.debugHelper", Versions: []float64{1}, Name: "DebugHelper",
			Description: "Fails on purpose, or makes random items to try a workflow with.",
			Group:       "output", Family: node.Pure, Inputs: main1, Outputs: main1,
			Params: []node.Param{
				{Name: "category", Type: "options", Default: "throwError", Description: "doNothing, throwError or randomData."},
				{Name: "throwErrorMessage", Type: "string", Default: "Node has thrown an error", Show: map[string][]any{"category": {"throwError"}}},
				{Name: "randomDataType", Type: "options", Default: "user", Description: "address, coordinates, creditCard, email, ipv4, ipv6, macAddress, nanoId, number, semver, url, user, uuid or version.", Show: map[string][]any{"category": {"randomData"}}},
				{Name: "randomDataCount", Type: "number", Default: 10.0, Description: "How many.", Show: map[string][]any{"category": {"randomData"}}},
				{Name: "randomDataSeed", Type: "string", Default: "", Description: "The same seed gives the same items.", Show: map[string][]any{"category": {"randomData"}}},
				{Name: "randomDataSingleArray", Type: "boolean", Default: false, Description: "Whether they are one item with a list.", Show: map[string][]any{"category": {"randomData"}}},
			},
		},
		Run: func(ctx context.Context, c *node.Call) (node.Result, error) {
			return one(c.Each(ctx, c.Items(), func(r *node.Reader, it workflow.Item) ([]workflow.Item, error) {
				switch category := r.String("category", "throwError"); category {
				case "doNothing":
					return []workflow.Item{it}, r.Err()
				case "throwError":
					return nil, node.Errorf("%s", r.String("throwErrorMessage", "Node has thrown an error"))
				case "randomData":
					return randomItems(r)
				default:
					return nil, node.Errorf("The category %q is not supported; there are doNothing, throwError and randomData.", category)
				}
			}))
		},
	}
}

func randomItems(r *node.Reader) ([]workflow.Item, error) {
	kind, count, seed := r.String("randomDataType", "user"), r.Int("randomDataCount", 10), r.String("randomDataSeed", "")
	if count < 0 || count > maxRandomItems {
		return nil, node.Errorf("The number of random items is 0 to %d, not %d.", maxRandomItems, count)
	}
	if seed == "" {
		seed = ident.Token()
	}
	d := &dice{seed: seed}
	list := make([]any, count)
	for i := range list {
		o := d.object(kind)
		if o == nil {
			return nil, node.Errorf("The kind of random data %q is not known.", kind)
		}
		list[i] = o
	}
	if r.Bool("randomDataSingleArray", false) {
		return []workflow.Item{derived(r.Item(), value.Obj("generatedItems", list))}, r.Err()
	}
	out := make([]workflow.Item, count)
	for i, o := range list {
		out[i] = derived(r.Item(), o.(*value.Object))
	}
	return out, r.Err()
}

// dice are random numbers that follow from a seed.
type dice struct {
	seed string
	n    int
}

func (d *dice) bytes() [32]byte {
	d.n++
	return sha256.Sum256(fmt.Appendf(nil, "%s#%d", d.seed, d.n))
}

// below is a number from 0 to n-1.
func (d *dice) below(n int) int {
	b := d.bytes()
	return int(binary.BigEndian.Uint64(b[:8]) % uint64(n))
}

func (d *dice) of(list ...string) string { return list[d.below(len(list))] }

func (d *dice) hex(digits int) string {
	b := d.bytes()
	return hex.EncodeToString(b[:])[:digits]
}

func (d *dice) digits(n int) string {
	var b strings.Builder
	for range n {
		b.WriteByte(byte('0' + d.below(10)))
	}
	return b.String()
}

func (d *dice) degrees(most int) float64 {
	return math.Round((float64(d.below(2*most*10000))/10000-float64(most))*1e4) / 1e4
}

func (d *dice) first() string {
	return d.of("Ada", "Amal", "Bea", "Chandra", "Dilini", "Elena", "Farid", "Grace", "Hiro", "Ines", "Jonas", "Kavya", "Lena", "Malik", "Nimal", "Olga")
}

func (d *dice) last() string {
	return d.of("Almeida", "Bauer", "Costa", "Dias", "Evans", "Fernando", "Garcia", "Hansen", "Ito", "Jansen", "Kumar", "Lindt", "Moreau", "Novak", "Perera", "Silva")
}

func (d *dice) email() string {
	return strings.ToLower(d.first() + "." + d.last() + d.digits(2) + "@" + d.of("example.com", "example.net", "example.org"))
}

func (d *dice) uuid() string {
	h := d.hex(32)
	return h[:8] + "-" + h[8:12] + "-4" + h[13:16] + "-" + d.of("8", "9", "a", "b") + h[17:20] + "-" + h[20:]
}

// object is one random thing; nil for a kind that is not known. Addresses and
// networks are those that documentation has (RFC 2606, 5737, 3849).
func (d *dice) object(kind string) *value.Object {
	switch kind {
	case "user":
		return value.Obj("uid", d.uuid(), "email", d.email(), "firstname", d.first(), "lastname", d.last(), "password", d.hex(12))
	case "address":
		return value.Obj("firstname", d.first(), "lastname", d.last(), "street", d.digits(2)+" "+d.of("Lake Road", "Temple Street", "High Street", "Mill Lane", "Palm Avenue"),
			"city", d.of("Colombo", "Kandy", "Galle", "Berlin", "Lyon", "Porto"), "zip", d.digits(5), "state", d.of("West", "North", "South", "East"), "country", d.of("Sri Lanka", "Germany", "France", "Portugal"))
	case "creditCard":
		return value.Obj("type", d.of("VISA", "MasterCard"), "number", "0000 "+d.digits(4)+" "+d.digits(4)+" "+d.digits(4), "ccv", d.digits(3), "exp", fmt.Sprintf("%02d/%02d", 1+d.below(12), 30+d.below(9)), "holder_name", d.first()+" "+d.last())
	case "email":
		return value.Obj("email", d.email(), "confirmed", d.below(2) == 1)
	case "ipv4":
		return value.Obj("ip", fmt.Sprintf("203.0.113.%d", d.below(256)))
	case "ipv6":
		return value.Obj("ipv6", "2001:db8:"+d.hex(4)+":"+d.hex(4)+"::"+d.hex(4))
	case "macAddress":
		h := d.hex(10)
		return value.Obj("mac", "02:"+h[:2]+":"+h[2:4]+":"+h[4:6]+":"+h[6:8]+":"+h[8:])
	case "nanoId":
		return value.Obj("nanoId", d.hex(21))
	case "url":
		return value.Obj("url", "https://"+strings.ToLower(d.last())+".example.com/"+d.hex(6))
	case "uuid":
		return value.Obj("uuid", d.uuid())
	case "semver", "version":
		return value.Obj(kind, fmt.Sprintf("%d.%d.%d", d.below(10), d.below(20), d.below(50)))
	case "number":
		return value.Obj("number", float64(d.below(1_000_000)))
	case "coordinates":
		return value.Obj("latitude", d.degrees(90), "longitude", d.degrees(180))
	}
	return nil
}
