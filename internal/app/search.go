package app

import (
	"context"
	"sync"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/httpapi"
	"github.com/automatelanka/automatelanka/internal/lambdarun"
	"github.com/automatelanka/automatelanka/internal/s3blob"
	"github.com/automatelanka/automatelanka/internal/search"
	"github.com/automatelanka/automatelanka/internal/search/builtin"
	"github.com/automatelanka/automatelanka/internal/template"
	"github.com/automatelanka/automatelanka/internal/tenant"
)

// OpenModel opens the embedding model. It is a parameter and not an import: the
// model needs a C library, which the other functions must not be linked to.
type OpenModel func() (search.Model, error)

// IndexConfig is the environment of the functions that work with the search indexes.
type IndexConfig struct {
	DataBucket string `env:"DATA_BUCKET, required"`
}

// Search is the function that finds templates and workflows.
func Search(open OpenModel) Constructor {
	return func(ctx context.Context, env Env) (lambda.Handler, error) {
		var cfg IndexConfig
		if err := configure(ctx, env, &cfg); err != nil {
			return nil, err
		}
		index, err := builtinIndex()
		if err != nil {
			return nil, err
		}
		m := env.Shared.embedding(open, index.Model())
		s, err := search.New(search.Config{
			Embedder: m, Vocabulary: m.Words, Blobs: cfg.blobs(env), Clock: env.Clock, Builtin: index,
		})
		if err != nil {
			return nil, err
		}
		log := env.recorder().Logger()
		if env.Ahead {
			if _, err := m.get(); err != nil { // words are still compared
				log.Error("the embedding model cannot be opened", "error", err)
			}
		}
		return lambdarun.HTTP(httpapi.NewSearch(s, &tenant.Limiter{Clock: env.Clock}, log), httpapi.WithCaller), nil
	}
}

func (cfg IndexConfig) blobs(env Env) *s3blob.Versioned {
	return s3blob.NewVersioned(s3.NewFromConfig(env.AWS, func(o *s3.Options) { o.UsePathStyle = true }), cfg.DataBucket)
}

// decoded is the index of the built-in templates. It is no sync.OnceValues: an
// initialised variable would link it into every function.
var decoded struct {
	once  sync.Once
	index *search.Index
	err   error
}

// builtinIndex is decoded when it is first asked for, once a process.
func builtinIndex() (*search.Index, error) {
	decoded.once.Do(func() { decoded.index, decoded.err = builtin.Index() })
	return decoded.index, decoded.err
}

// model is the embedding model, opened when it is first needed.
type model struct {
	name string
	get  func() (search.Model, error)
}

// embedding is the process's one model.
func (s *Shared) embedding(open OpenModel, name string) *model {
	s.modelOnce.Do(func() {
		s.model = &model{name, sync.OnceValues(func() (search.Model, error) {
			m, err := open()
			if err != nil {
				return nil, fault.Wrap(err, fault.Unavailable, fault.CodeUnavailable, "The embedding model is not available, so meaning cannot be compared: %v", err)
			}
			return m, nil
		})}
	})
	return s.model
}

// Model names the model without opening it; it is the one of the built-in index.
func (m *model) Model() string { return m.name }

// Embed implements search.Embedder.
func (m *model) Embed(ctx context.Context, texts ...string) ([][]float32, error) {
	opened, err := m.get()
	if err != nil {
		return nil, err
	}
	return opened.Embed(ctx, texts...)
}

// Words are the model's; none if it is not there.
func (m *model) Words() []string {
	opened, err := m.get()
	if err != nil {
		return nil
	}
	return opened.Words()
}

// library is the templates as the API shows them.
type library struct{}

func (library) Catalogue() (*template.Catalogue, error) { return template.Builtin() }

func (library) Similar(id string, limit int) ([]search.Hit, error) {
	x, err := builtinIndex()
	if err != nil {
		return nil, err
	}
	return x.Similar(id, limit), nil
}
