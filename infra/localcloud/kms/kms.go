// Package kms serves the part of AWS KMS that seals data: symmetric keys, data
// keys, encryption contexts. Key material is made here, kept in the store, and
// never leaves; what it protects locally is as safe as the folder of the data.
package kms

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"net/http"
	"strings"
	"sync"

	"github.com/automatelanka/automatelanka/infra/localcloud/kv"
	"github.com/automatelanka/automatelanka/infra/localcloud/meter"
	"github.com/automatelanka/automatelanka/infra/localcloud/wire"
	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/ident"
)

// Options are what the service needs.
type Options struct {
	Store     kv.Store
	Clock     clock.Clock
	Meter     *meter.Meter
	Region    string
	AccountID string
}

// Service is KMS; it is an http.Handler. All methods are safe for concurrent use.
type Service struct {
	opts Options

	mu      sync.RWMutex
	keys    map[string]*key   // by id
	aliases map[string]string // alias/name -> key id
}

// key is a symmetric key with its cipher.
type key struct {
	id, arn, description string
	aead                 cipher.AEAD
}

const keyPrefix = "kms/key/"

// New returns a service without keys.
func New(o Options) *Service {
	return &Service{opts: o, keys: map[string]*key{}, aliases: map[string]string{}}
}

// AddKey makes the key of an id, or opens it if it was made before.
func (s *Service) AddKey(id, arn, description string) error {
	at := []byte(keyPrefix + id)
	material, ok, err := s.opts.Store.Get(at)
	if err != nil {
		return err
	}
	if !ok {
		material = random(32)
		b := &kv.Batch{}
		b.Set(at, material)
		if err := s.opts.Store.Commit(b); err != nil {
			return err
		}
	}
	block, err := aes.NewCipher(material)
	if err != nil {
		return err
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys[id] = &key{id: id, arn: arn, description: description, aead: aead}
	return nil
}

// AddAlias gives a key, by id or ARN, another name: "alias/…".
func (s *Service) AddAlias(name, target string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.aliases[name] = target[strings.LastIndexByte(target, '/')+1:]
}

// random returns n random bytes from the program's one source.
func random(n int) []byte {
	var out []byte
	for len(out) < n {
		b, _ := base64.RawURLEncoding.DecodeString(ident.Secret())
		out = append(out, b...)
	}
	return out[:n]
}

// find returns a key by id, ARN, alias or alias ARN.
func (s *Service) find(ref string) (*key, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	id := ref
	if _, rest, ok := strings.Cut(ref, ":key/"); ok {
		id = rest
	} else if at := strings.Index(ref, "alias/"); at >= 0 {
		id = s.aliases[ref[at:]]
	}
	if k, ok := s.keys[id]; ok {
		return k, nil
	}
	return nil, wire.Errorf("NotFoundException", "Key '%s' does not exist", ref)
}

var operations = map[string]func(*Service, []byte) (any, error){
	"GenerateDataKey":                 (*Service).generate,
	"GenerateDataKeyWithoutPlaintext": (*Service).generateSealed,
	"Encrypt":                         (*Service).encrypt,
	"Decrypt":                         (*Service).decrypt,
	"DescribeKey":                     (*Service).describe,
	"GenerateRandom":                  (*Service).generateRandom,
}

// ServeHTTP serves the JSON protocol of KMS.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	wire.Serve(w, r, func(operation string, body []byte) (any, error) {
		op, ok := operations[operation]
		if !ok {
			return nil, wire.Unsupported("the operation " + operation + " of KMS")
		}
		s.opts.Meter.Add("kms.requests", 1)
		return op(s, body)
	})
}

func read(body []byte, into any) error {
	return wire.Read(body, into, "of KMS operations", "SerializationException")
}
