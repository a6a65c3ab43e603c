package data

import (
	"context"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha3"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash"
	"regexp"

	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

func crypto() node.Type {
	return node.Type{
		Spec: node.Spec{
			Type: "n8n-nodes-base.crypto", Tool: true, Versions: []float64{1, 2}, Name: "Crypto",
			Description: "Hashes or signs text or files, with a key or without, or makes random text.",
			Group:       "transform", Family: node.Pure, Inputs: main1, Outputs: main1, Credentials: []string{cryptoCredential},
			Params: []node.Param{
				{Name: "action", Type: "options", Default: "hash", Description: "generate, hash, hmac or sign. From version 2 the keys come from the credential."},
				{Name: "type", Type: "options", Default: "MD5", Description: "MD5, SHA1, SHA256, SHA3-256, SHA3-384, SHA3-512, SHA384 or SHA512.", Show: map[string][]any{"@version": {1.0}}},
				{Name: "type", Type: "options", Default: "SHA256", Description: "MD5, SHA1, SHA256, SHA3-256, SHA3-384, SHA3-512, SHA384 or SHA512.", Show: map[string][]any{"@version": {2.0}}},
				{Name: "value", Type: "string", Default: "", Description: "The text to hash or sign."},
				{Name: "secret", Type: "string", Default: "", Description: "The key.", Show: map[string][]any{"action": {"hmac"}, "@version": {1.0}}},
				{Name: "algorithm", Type: "options", Default: "", Description: "An algorithm of OpenSSL, as RSA-SHA256.", Show: map[string][]any{"action": {"sign"}}},
				{Name: "privateKey", Type: "string", Default: "", Description: "An RSA or EC key in PEM.", Show: map[string][]any{"action": {"sign"}, "@version": {1.0}}},
				{Name: "encoding", Type: "options", Default: "hex", Description: "hex or base64."},
				{Name: "encodingType", Type: "options", Default: "uuid", Description: "ascii, base64, hex or uuid.", Show: map[string][]any{"action": {"generate"}}},
				{Name: "stringLength", Type: "number", Default: 32.0, Description: "How long the random text is.", Show: map[string][]any{"action": {"generate"}}},
				{Name: "dataPropertyName", Type: "string", Default: "data", Description: "The field that gets the result."},
				{Name: "binaryData", Type: "boolean", Default: false, Description: "Whether a file is hashed."},
				{Name: "binaryPropertyName", Type: "string", Default: "data", Description: "The file.", Show: map[string][]any{"binaryData": {true}}},
			},
		},
		Run: func(ctx context.Context, c *node.Call) (node.Result, error) {
			keys, err := cryptoKeys(ctx, c)
			if err != nil {
				return node.Result{}, err
			}
			return one(c.Each(ctx, c.Items(), func(r *node.Reader, it workflow.Item) ([]workflow.Item, error) {
				s, err := encrypted(ctx, c, keys, r, it)
				if err == nil {
					err = r.Err()
				}
				if err != nil {
					return nil, err
				}
				if r.Bool("binaryData", false) {
					it.Binary = nil
				}
				return withField(r.Item(), it, r.String("dataPropertyName", "data"), s), nil
			}))
		},
		Family: func(n *workflow.Node) node.Family {
			if needsCryptoKeys(n) {
				return node.Data // only there are credentials opened
			}
			return node.Pure
		},
	}
}

// cryptoCredential holds the keys from version 2; before, they are parameters.
const cryptoCredential = "crypto"

func needsCryptoKeys(n *workflow.Node) bool {
	action := node.Get(n.Parameters, "action", "hash")
	return n.TypeVersion >= 2 && (action == "hmac" || action == "sign")
}

// cryptoKeys opens the credential; nil where the keys are parameters, or none is needed.
func cryptoKeys(ctx context.Context, c *node.Call) (map[string]string, error) {
	if !needsCryptoKeys(c.Node) {
		return nil, nil
	}
	keys, err := c.Credential(ctx, cryptoCredential)
	if err != nil {
		return nil, err
	}
	if node.Get(c.Node.Parameters, "action", "hash") == "hmac" && keys["hmacSecret"] == "" {
		return nil, node.Errorf("The Crypto credential has no HMAC secret; add one.")
	}
	if node.Get(c.Node.Parameters, "action", "hash") == "sign" && keys["signPrivateKey"] == "" {
		return nil, node.Errorf("The Crypto credential has no private key; add one.")
	}
	return keys, nil
}

// cryptoKey is the key of an item: of the credential, or the parameter's.
func cryptoKey(keys map[string]string, field string, r *node.Reader, param string) string {
	if keys != nil {
		return keys[field]
	}
	return r.String(param, "")
}

// maxRandom bounds the length of random text.
const maxRandom = 1 << 20

var notWord = regexp.MustCompile(`\W`)

func encrypted(ctx context.Context, c *node.Call, keys map[string]string, r *node.Reader, it workflow.Item) (string, error) {
	switch action := r.String("action", "hash"); action {
	case "generate":
		return randomText(r.String("encodingType", "uuid"), r.Int("stringLength", 32))
	case "sign":
		s, err := signature(r.String("value", ""), r.String("algorithm", ""), cryptoKey(keys, "signPrivateKey", r, "privateKey"))
		if err != nil {
			return "", err
		}
		return encoded(s, r.String("encoding", "hex"))
	case "hash", "hmac":
		name := r.String("type", "MD5")
		if c.Node.TypeVersion >= 2 {
			name = r.String("type", "SHA256")
		}
		h, err := hasher(name)
		if err != nil {
			return "", err
		}
		if action == "hmac" {
			h = hmac.New(func() hash.Hash { x, _ := hasher(name); return x }, []byte(cryptoKey(keys, "hmacSecret", r, "secret")))
		}
		data, err := hashable(c, r)
		if err != nil {
			return "", err
		}
		if r.Bool("binaryData", false) {
			if data, _, err = c.ReadFile(ctx, it, r.String("binaryPropertyName", "data")); err != nil {
				return "", err
			}
		}
		h.Write(data)
		return encoded(h.Sum(nil), r.String("encoding", "hex"))
	default:
		return "", node.Errorf("The action %q of Crypto is not supported; supported are generate, hash, hmac and sign.", action)
	}
}

// hashable is the text to hash. Other values are refused, as in n8n: a hash of "null"
// would only look like one.
func hashable(c *node.Call, r *node.Reader) ([]byte, error) {
	if r.Bool("binaryData", false) {
		return nil, nil
	}
	v, set, err := c.ParamDefined("value", r.Item())
	s, isText := v.(string)
	switch {
	case err != nil || isText:
		return []byte(s), err
	case v == nil && !set:
		v = "undefined"
	case v == nil:
		v = "null"
	default:
		v = value.KindOf(v)
	}
	return nil, node.WithDetail(node.Errorf("The \"data\" argument must be of type string or an instance of Buffer, TypedArray, or DataView. Received %s", v),
		"The value to hash has to be text.")
}

// hasher makes the hash of a name. MD5 and SHA1 are the author's choice, for
// services that still ask for them.
func hasher(name string) (hash.Hash, error) {
	switch name {
	case "MD5":
		return md5.New(), nil
	case "SHA1":
		return sha1.New(), nil
	case "SHA256":
		return sha256.New(), nil
	case "SHA384":
		return sha512.New384(), nil
	case "SHA512":
		return sha512.New(), nil
	case "SHA3-256":
		return sha3.New256(), nil
	case "SHA3-384":
		return sha3.New384(), nil
	case "SHA3-512":
		return sha3.New512(), nil
	}
	return nil, node.Errorf("The hash %q is not known.", name)
}

func encoded(b []byte, encoding string) (string, error) {
	switch encoding {
	case "hex":
		return hex.EncodeToString(b), nil
	case "base64":
		return base64.StdEncoding.EncodeToString(b), nil
	}
	return "", node.Errorf("The encoding %q is not known.", encoding)
}

func randomText(kind string, n int) (string, error) {
	if kind == "uuid" {
		return uuid(ident.Bytes(16)), nil
	}
	if n < 0 || n > maxRandom {
		return "", node.Errorf("The length must be between 0 and %d.", maxRandom)
	}
	b := ident.Bytes(n)
	switch kind {
	case "base64":
		s := notWord.ReplaceAllString(base64.StdEncoding.EncodeToString(b), "")
		return s[:min(n, len(s))], nil
	case "hex":
		return hex.EncodeToString(b)[:n], nil
	case "ascii":
		for i := range b {
			b[i] &= 0x7f
		}
		return string(b), nil
	}
	return "", node.Errorf("The kind %q of random text is not known.", kind)
}

// uuid writes 16 random bytes as a UUID of version 4 (RFC 9562).
func uuid(b []byte) string {
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
