package data

import (
	stdcrypto "crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"strings"

	"github.com/automatelanka/automatelanka/internal/credential"
	"github.com/automatelanka/automatelanka/internal/node"
)

// digests are what the algorithms of Node's crypto.getHashes stand for, without
// those of OpenSSL's legacy provider, which n8n's own Node does not load either.
var digests = map[string]stdcrypto.Hash{
	"md5": stdcrypto.MD5, "sha1": stdcrypto.SHA1, "sha224": stdcrypto.SHA224, "sha256": stdcrypto.SHA256,
	"sha384": stdcrypto.SHA384, "sha512": stdcrypto.SHA512, "sha512-224": stdcrypto.SHA512_224, "sha512-256": stdcrypto.SHA512_256,
	"sha3-224": stdcrypto.SHA3_224, "sha3-256": stdcrypto.SHA3_256, "sha3-384": stdcrypto.SHA3_384, "sha3-512": stdcrypto.SHA3_512,
}

// algorithmNames strips what OpenSSL's names of one algorithm differ in: RSA-SHA256,
// sha256WithRSAEncryption and sha256 are the same, the key decides.
var algorithmNames = strings.NewReplacer("id-rsassa-pkcs1-v1_5-with-", "", "withrsaencryption", "", "rsa-", "", "ssl3-", "", "/", "-", "sha1-2", "sha1")

// signature signs a text as OpenSSL does: with an RSA key by PKCS #1 v1.5, with an
// EC key in ASN.1; the latter by RFC 6979, so that the same text gets the same.
func signature(text, algorithm, key string) ([]byte, error) {
	digest, ok := digests[algorithmNames.Replace(strings.ToLower(algorithm))]
	if !ok {
		return nil, node.Errorf("The algorithm %q of Crypto is not supported; choose one as RSA-SHA256 or SHA512.", algorithm)
	}
	signer, err := privateKey(key)
	if err != nil {
		return nil, err
	}
	h := digest.New()
	h.Write([]byte(text))
	s, err := signer.Sign(nil, h.Sum(nil), digest)
	if err != nil {
		return nil, node.Errorf("The text cannot be signed with this private key: %v.", err)
	}
	return s, nil
}

// privateKey reads a key in PEM. Keys that lost their line ends in a form are taken,
// as in n8n.
func privateKey(text string) (stdcrypto.Signer, error) {
	bad := node.Errorf("The private key cannot be read; it must be an RSA or EC key in PEM without a passphrase.")
	block, _ := pem.Decode([]byte(credential.PEM(text)))
	if block == nil {
		return nil, bad
	}
	if k, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return k, nil
	}
	if k, err := x509.ParseECPrivateKey(block.Bytes); err == nil {
		return k, nil
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, bad
	}
	switch k := parsed.(type) {
	case *rsa.PrivateKey:
		return k, nil
	case *ecdsa.PrivateKey:
		return k, nil
	}
	return nil, bad
}
