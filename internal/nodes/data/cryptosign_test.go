package data

import (
	"context"
	stdcrypto "crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"strings"
	"testing"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/nodes/nodetest"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// safe opens one credential, whatever its id.
type safe map[string]string

func (s safe) Open(context.Context, string, string, workflow.CredentialRef) (map[string]string, error) {
	return s, nil
}

// encryptedWith runs Crypto with a credential and gives the field data, or the error.
func encryptedWith(t *testing.T, version float64, keys safe, parameters *value.Object) string {
	t.Helper()
	c := nodetest.Case{
		Node: value.Obj("name", "N", "id", "n", "type", "n8n-nodes-base.crypto", "typeVersion", version, "parameters", parameters,
			"credentials", value.Obj("crypto", value.Obj("id", "c1", "name", "mine"))),
		Inputs:   [][]workflow.Item{{workflow.EmptyItem()}},
		Services: node.Services{Credentials: keys},
	}
	o, err := nodetest.Run(t.Context(), node.NewRegistry(Types()), c)
	if err != nil {
		t.Fatal(err)
	}
	if o.Run.Error != nil {
		return o.Run.Error.Message
	}
	v, _ := o.Run.Outputs[0][0].JSON.Get("data")
	return node.Text(v)
}

// From version 2 a hash is SHA-256 unless told otherwise, and keys come from the
// credential, never from parameters.
func TestCryptoTakesItsKeysFromTheCredential(t *testing.T) {
	for _, c := range []struct {
		version    float64
		parameters *value.Object
		keys       safe
		want       string
	}{
		{2, value.Obj("value", "abc"), nil, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
		{2, value.Obj("action", "hmac", "type", "SHA1", "value", "x", "secret", "other"), safe{"hmacSecret": "k"}, "cb00131fcec602a8fc84413a2a70154d8c06a0d2"},
		{1, value.Obj("action", "hmac", "type", "SHA1", "value", "x", "secret", "k"), safe{"hmacSecret": "other"}, "cb00131fcec602a8fc84413a2a70154d8c06a0d2"},
		{2, value.Obj("action", "hmac", "value", "x", "secret", "k"), safe{}, "The Crypto credential has no HMAC secret; add one."},
		{2, value.Obj("action", "sign", "value", "x"), safe{"hmacSecret": "k"}, "The Crypto credential has no private key; add one."},
	} {
		if got := encryptedWith(t, c.version, c.keys, c.parameters); got != c.want {
			t.Errorf("%v %s gives %s, want %s", c.version, value.JSON(c.parameters), got, c.want)
		}
	}
}

// Only what opens a credential leaves the function of pure nodes.
func TestCryptoRunsWhereItsKeysAre(t *testing.T) {
	r := node.NewRegistry(Types())
	for _, c := range []struct {
		version float64
		action  any
		want    node.Family
	}{{1, "hmac", node.Pure}, {2, "hmac", node.Data}, {2, "sign", node.Data}, {2, "hash", node.Pure}, {2, nil, node.Pure}} {
		n := &workflow.Node{Type: "n8n-nodes-base.crypto", TypeVersion: c.version, Parameters: value.Obj("action", c.action)}
		if got := r.FamilyOf(n); got != c.want {
			t.Errorf("%v %v runs in %s, want %s", c.version, c.action, got, c.want)
		}
	}
}

func TestCryptoSigns(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	testRSA := string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	sum := sha256.Sum256([]byte("hello"))
	oneLine := strings.Join(strings.Fields(testRSA), " ") // as a form without lines keeps it
	for _, algorithm := range []string{"RSA-SHA256", "sha256", "sha256WithRSAEncryption"} {
		for version, parameters := range map[float64]*value.Object{
			1: value.Obj("action", "sign", "value", "hello", "algorithm", algorithm, "privateKey", oneLine),
			2: value.Obj("action", "sign", "value", "hello", "algorithm", algorithm, "encoding", "base64"),
		} {
			got := encryptedWith(t, version, safe{"signPrivateKey": testRSA}, parameters)
			s, err := hex.DecodeString(got)
			if version == 2 {
				s, err = base64.StdEncoding.DecodeString(got)
			}
			if err != nil || rsa.VerifyPKCS1v15(&key.PublicKey, stdcrypto.SHA256, sum[:], s) != nil {
				t.Errorf("%v %s gives %s", version, algorithm, got)
			}
		}
	}
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err = x509.MarshalECPrivateKey(ec)
	if err != nil {
		t.Fatal(err)
	}
	text := string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}))
	got := encryptedWith(t, 1, nil, value.Obj("action", "sign", "value", "hello", "algorithm", "SHA256", "privateKey", text))
	if s, err := hex.DecodeString(got); err != nil || !ecdsa.VerifyASN1(&ec.PublicKey, sum[:], s) {
		t.Errorf("an EC key gives %s", got)
	}
	for _, bad := range []*value.Object{
		value.Obj("action", "sign", "value", "x", "algorithm", "RSA-SHA256", "privateKey", "no key"),
		value.Obj("action", "sign", "value", "x", "algorithm", "RSA-SHA256", "privateKey", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"),
	} {
		if got := encryptedWith(t, 1, nil, bad); !strings.HasPrefix(got, "The private key cannot be read") {
			t.Errorf("%s gives %s", value.JSON(bad), got)
		}
	}
}
