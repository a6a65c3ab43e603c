package kms

import (
	"encoding/binary"
	"maps"
	"slices"

	"github.com/automatelanka/automatelanka/infra/localcloud/wire"
)

// Limits of KMS's symmetric operations.
const (
	maxPlaintext = 4096 // bytes
	maxDataKey   = 1024 // bytes
	symmetric    = "SYMMETRIC_DEFAULT"
)

// A sealed text is: version, the key's id with its length, nonce, ciphertext.
const sealVersion = 1

// additional is what a sealed text is bound to: its key and encryption context.
func additional(k *key, context map[string]string) []byte {
	b := []byte(k.id)
	for _, name := range slices.Sorted(maps.Keys(context)) {
		for _, s := range []string{name, context[name]} {
			b = binary.AppendUvarint(b, uint64(len(s)))
			b = append(b, s...)
		}
	}
	return b
}

func (k *key) seal(plain []byte, context map[string]string) []byte {
	nonce := random(k.aead.NonceSize())
	b := append([]byte{sealVersion, byte(len(k.id))}, k.id...)
	b = append(b, nonce...)
	return k.aead.Seal(b, nonce, plain, additional(k, context))
}

var errCiphertext = wire.Errorf("InvalidCiphertextException", "The ciphertext is invalid, or the encryption context is not the one it was made with.")

// open finds the key of a sealed text and opens it.
func (s *Service) open(blob []byte, context map[string]string) (*key, []byte, error) {
	if len(blob) < 2 || blob[0] != sealVersion || len(blob) < 2+int(blob[1]) {
		return nil, nil, errCiphertext
	}
	id, rest := string(blob[2:2+int(blob[1])]), blob[2+int(blob[1]):]
	k, err := s.find(id)
	if err != nil || len(rest) < k.aead.NonceSize() {
		return nil, nil, errCiphertext
	}
	n := k.aead.NonceSize()
	plain, err := k.aead.Open(nil, rest[:n], rest[n:], additional(k, context))
	if err != nil {
		return nil, nil, errCiphertext
	}
	return k, plain, nil
}

type dataKeyRequest struct {
	KeyID             string `json:"KeyId"`
	KeySpec           string
	NumberOfBytes     *int
	EncryptionContext map[string]string
}

func (s *Service) generate(body []byte) (any, error) {
	k, plain, blob, err := s.dataKey(body)
	if err != nil {
		return nil, err
	}
	return map[string]any{"KeyId": k.arn, "Plaintext": plain, "CiphertextBlob": blob}, nil
}

func (s *Service) generateSealed(body []byte) (any, error) {
	k, _, blob, err := s.dataKey(body)
	if err != nil {
		return nil, err
	}
	return map[string]any{"KeyId": k.arn, "CiphertextBlob": blob}, nil
}

func (s *Service) dataKey(body []byte) (k *key, plain, blob []byte, err error) {
	var in dataKeyRequest
	if err := read(body, &in); err != nil {
		return nil, nil, nil, err
	}
	if k, err = s.find(in.KeyID); err != nil {
		return nil, nil, nil, err
	}
	n := 0
	switch {
	case in.NumberOfBytes != nil && in.KeySpec == "":
		n = *in.NumberOfBytes
	case in.NumberOfBytes == nil && in.KeySpec == "AES_256":
		n = 32
	case in.NumberOfBytes == nil && in.KeySpec == "AES_128":
		n = 16
	}
	if n < 1 || n > maxDataKey {
		return nil, nil, nil, wire.Errorf("ValidationException", "Please specify either number of bytes or key spec.")
	}
	plain = random(n)
	return k, plain, k.seal(plain, in.EncryptionContext), nil
}

func (s *Service) encrypt(body []byte) (any, error) {
	var in struct {
		KeyID               string `json:"KeyId"`
		Plaintext           []byte
		EncryptionContext   map[string]string
		EncryptionAlgorithm string
	}
	if err := read(body, &in); err != nil {
		return nil, err
	}
	k, err := s.find(in.KeyID)
	if err != nil {
		return nil, err
	}
	if len(in.Plaintext) == 0 || len(in.Plaintext) > maxPlaintext {
		return nil, wire.Errorf("ValidationException", "1 validation error detected: Value at 'plaintext' failed to satisfy constraint: Member must have length between 1 and 4096")
	}
	if in.EncryptionAlgorithm != "" && in.EncryptionAlgorithm != symmetric {
		return nil, wire.Unsupported("the encryption algorithm " + in.EncryptionAlgorithm)
	}
	return map[string]any{"KeyId": k.arn, "CiphertextBlob": k.seal(in.Plaintext, in.EncryptionContext), "EncryptionAlgorithm": symmetric}, nil
}

func (s *Service) decrypt(body []byte) (any, error) {
	var in struct {
		KeyID               string `json:"KeyId"`
		CiphertextBlob      []byte
		EncryptionContext   map[string]string
		EncryptionAlgorithm string
	}
	if err := read(body, &in); err != nil {
		return nil, err
	}
	k, plain, err := s.open(in.CiphertextBlob, in.EncryptionContext)
	if err != nil {
		return nil, err
	}
	if in.KeyID != "" {
		named, err := s.find(in.KeyID)
		if err != nil {
			return nil, err
		}
		if named != k {
			return nil, wire.Errorf("IncorrectKeyException", "The key ID in the request does not identify a CMK that can perform this operation.")
		}
	}
	return map[string]any{"KeyId": k.arn, "Plaintext": plain, "EncryptionAlgorithm": symmetric}, nil
}

func (s *Service) describe(body []byte) (any, error) {
	var in struct {
		KeyID string `json:"KeyId"`
	}
	if err := read(body, &in); err != nil {
		return nil, err
	}
	k, err := s.find(in.KeyID)
	if err != nil {
		return nil, err
	}
	return map[string]any{"KeyMetadata": map[string]any{
		"AWSAccountId": s.opts.AccountID, "KeyId": k.id, "Arn": k.arn, "Description": k.description, "Enabled": true,
		"KeyState": "Enabled", "KeyUsage": "ENCRYPT_DECRYPT", "KeySpec": symmetric, "Origin": "AWS_KMS",
		"KeyManager": "CUSTOMER", "EncryptionAlgorithms": []string{symmetric},
	}}, nil
}

func (s *Service) generateRandom(body []byte) (any, error) {
	var in struct{ NumberOfBytes int }
	if err := read(body, &in); err != nil {
		return nil, err
	}
	if in.NumberOfBytes < 1 || in.NumberOfBytes > maxDataKey {
		return nil, wire.Errorf("ValidationException", "NumberOfBytes must be between 1 and 1024")
	}
	return map[string]any{"Plaintext": random(in.NumberOfBytes)}, nil
}
