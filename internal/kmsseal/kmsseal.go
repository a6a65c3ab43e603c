// Package kmsseal seals credentials by envelope encryption: KMS makes a data key
// for each change of a credential and seals it under the tenant and the
// credential's id as encryption context; the data key seals the texts, AES-256-GCM,
// each bound to tenant, credential and field. So a function needs the right of its
// side alone: GenerateDataKey to seal, Decrypt to open.
package kmsseal

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/automatelanka/automatelanka/internal/credential"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
)

// KMS is what is used of the service; *kms.Client is one.
type KMS interface {
	GenerateDataKey(context.Context, *kms.GenerateDataKeyInput, ...func(*kms.Options)) (*kms.GenerateDataKeyOutput, error)
	Decrypt(context.Context, *kms.DecryptInput, ...func(*kms.Options)) (*kms.DecryptOutput, error)
}

// Sealer seals and opens credentials. It is safe for concurrent use.
type Sealer struct {
	client KMS
	key    string // id or ARN
}

var (
	_ credential.Sealer   = (*Sealer)(nil)
	_ credential.Unsealer = (*Sealer)(nil)
)

// New makes a Sealer under one key of KMS.
func New(client KMS, key string) *Sealer { return &Sealer{client: client, key: key} }

// The members of the encryption context; policies may ask for them.
const (
	contextTenant     = "tenant"
	contextCredential = "credential"
	contextPurpose    = "purpose"
	purpose           = "credential"
)

func contextOf(o credential.Owner) map[string]string {
	return map[string]string{contextTenant: string(o.Tenant), contextCredential: string(o.Credential), contextPurpose: purpose}
}

// Seal implements credential.Sealer.
func (s *Sealer) Seal(ctx context.Context, o credential.Owner, texts map[string]string) (map[string]credential.Box, error) {
	if o.Tenant == "" || o.Credential == "" {
		return nil, errors.New("kmsseal: nothing is sealed without a tenant and a credential")
	}
	out, err := s.client.GenerateDataKey(ctx, &kms.GenerateDataKeyInput{
		KeyId: &s.key, KeySpec: types.DataKeySpecAes256, EncryptionContext: contextOf(o),
	})
	if err != nil {
		return nil, unavailable(err)
	}
	aead, err := cipherOf(out.Plaintext)
	clear(out.Plaintext)
	if err != nil {
		return nil, err
	}
	boxes := make(map[string]credential.Box, len(texts))
	for name, text := range texts {
		nonce := ident.Bytes(aead.NonceSize())
		boxes[name] = credential.Box{Key: out.CiphertextBlob, Data: aead.Seal(nonce, nonce, []byte(text), bound(o, name))}
	}
	return boxes, nil
}

// Unseal implements credential.Unsealer. Texts that were sealed together cost one
// call of KMS.
func (s *Sealer) Unseal(ctx context.Context, o credential.Owner, boxes map[string]credential.Box) (map[string]string, error) {
	ciphers := map[string]cipher.AEAD{}
	texts := make(map[string]string, len(boxes))
	for name, b := range boxes {
		aead := ciphers[string(b.Key)]
		if aead == nil {
			var err error
			if aead, err = s.open(ctx, o, b.Key); err != nil {
				return nil, err
			}
			ciphers[string(b.Key)] = aead
		}
		n := aead.NonceSize()
		if len(b.Data) < n {
			return nil, damaged(nil)
		}
		plain, err := aead.Open(nil, b.Data[:n], b.Data[n:], bound(o, name))
		if err != nil {
			return nil, damaged(err)
		}
		texts[name] = string(plain)
	}
	return texts, nil
}

func (s *Sealer) open(ctx context.Context, o credential.Owner, sealed []byte) (cipher.AEAD, error) {
	out, err := s.client.Decrypt(ctx, &kms.DecryptInput{KeyId: &s.key, CiphertextBlob: sealed, EncryptionContext: contextOf(o)})
	var invalid *types.InvalidCiphertextException
	if errors.As(err, &invalid) {
		return nil, damaged(err)
	}
	if err != nil {
		return nil, unavailable(err)
	}
	defer clear(out.Plaintext)
	return cipherOf(out.Plaintext)
}

func cipherOf(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// bound is what a sealed text belongs to.
func bound(o credential.Owner, name string) []byte {
	return []byte(strings.Join([]string{string(o.Tenant), string(o.Credential), name}, "\x00"))
}

func damaged(err error) error {
	return fault.Wrap(err, fault.Internal, fault.CodeInternal, "The stored credential cannot be opened; enter its secrets again.")
}

func unavailable(err error) error {
	return fault.Wrap(err, fault.Unavailable, fault.CodeUnavailable, "The key service did not answer; try again.")
}
