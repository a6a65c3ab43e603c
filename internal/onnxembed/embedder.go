package onnxembed

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	ort "github.com/yalue/onnxruntime_go"

	"github.com/automatelanka/automatelanka/internal/onnxembed/wordpiece"
	"github.com/automatelanka/automatelanka/internal/search"
)

// The model's facts (layers/minilm/README.md).
const (
	Dimension = 384
	MaxTokens = 256
	// ModelSHA256 names the model of the vectors: it is the checksum of the quantised
	// export whose weights the layer has. Vectors of different models cannot be
	// compared, so an index carries it. Only a change that moves vectors changes it.
	ModelSHA256 = "99280bc91c7c021a8026dfdd991029b2560b31ef57c581cdc7705f2106d91980"
)

// file is a file of the layer that must be exactly this one.
type file struct {
	name, sha256 string
	bytes        int64
}

// The model's graph, and beside it the weights that the graph refers to by name.
var (
	graph   = file{"model.onnx", "918574b639ee76b2e42a992d274503c79f2b889a39b16fe23c5512743f3d4f90", 143_128}
	weights = file{"weights.bin", "b2da42aa9d77839a3c310d80994d3363af4ee363a544e3a322bd4bae7a01c36d", 23_909_376}
)

// What is computed in one go at most. Beyond it no text gets faster (32 short
// ones together take a tenth less time than one by one), and ONNX Runtime keeps
// the memory of its largest batch.
const (
	maxBatch       = 32
	maxBatchTokens = 512 // padding included
)

// Config says where the files are; Locate finds them.
type Config struct {
	LibraryPath string
	ModelPath   string // the graph; the weights stand beside it
	VocabPath   string
	// Threads that one call may use; 0 is 1. More calls at a time share them.
	Threads int
}

// Embedder computes vectors. It is safe for concurrent use.
type Embedder struct {
	tokens  *wordpiece.Tokenizer
	session *ort.DynamicAdvancedSession
}

// Open loads the library, the model and the vocabulary. What is missing or is
// not what it should be is named in the error, with what to run.
func Open(c Config) (*Embedder, error) {
	vocabulary, err := os.ReadFile(c.VocabPath)
	if err != nil {
		return nil, missing("the model's vocabulary", c.VocabPath, err)
	}
	tokens, err := wordpiece.New(string(vocabulary), MaxTokens)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.VocabPath, err)
	}
	if err := checkModel(c.ModelPath); err != nil {
		return nil, err
	}
	if err := loadLibrary(c.LibraryPath); err != nil {
		return nil, err
	}
	session, err := newSession(c)
	if err != nil {
		return nil, fmt.Errorf("ONNX Runtime %s does not take the model %s: %w", ort.GetVersion(), c.ModelPath, err)
	}
	return &Embedder{tokens: tokens, session: session}, nil
}

// Default opens what Locate finds.
func Default() (search.Model, error) {
	c, err := Locate()
	if err != nil {
		return nil, err
	}
	e, err := Open(c)
	if err != nil {
		return nil, err // and not e: a nil pointer in an interface is no nil
	}
	return e, nil
}

// Close frees the model. No Embed may run or follow.
func (e *Embedder) Close() error { return e.session.Destroy() }

// Model names the model that made the vectors: its checksum.
func (e *Embedder) Model() string { return ModelSHA256 }

// Words returns the model's vocabulary in about the order of frequency in
// English; pieces of words begin with ##. The caller must not change it.
func (e *Embedder) Words() []string { return e.tokens.Words() }

// Tokens returns the number of tokens of text, at most MaxTokens.
func (e *Embedder) Tokens(text string) int { return len(e.tokens.Encode(text)) }

// Embed returns one vector of Dimension numbers and unit length for each text.
// What goes beyond MaxTokens of a text does not count. A text's vector does not
// depend on the others.
func (e *Embedder) Embed(ctx context.Context, texts ...string) ([][]float32, error) {
	out := make([][]float32, len(texts))
	inputs := make([]input, len(texts))
	for i, text := range texts {
		inputs[i] = input{at: i, ids: e.tokens.Encode(text)}
	}
	// Texts of like length share a batch: the shorter ones are padded.
	slices.SortStableFunc(inputs, func(a, b input) int { return len(a.ids) - len(b.ids) })
	for len(inputs) > 0 {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		n := batchSize(inputs)
		if err := e.run(inputs[:n], out); err != nil {
			return nil, err
		}
		inputs = inputs[n:]
	}
	return out, nil
}

// input is one text on its way through the model.
type input struct {
	at  int // index in the call
	ids []int64
}

// batchSize is how many of the inputs, which are sorted by length, go together:
// as long as the last is at most a quarter longer than the first, or 4 tokens.
func batchSize(inputs []input) int {
	longest := len(inputs[0].ids) + max(4, len(inputs[0].ids)/4)
	n := 1
	for n < min(len(inputs), maxBatch) {
		width := len(inputs[n].ids)
		if width > longest || width*(n+1) > maxBatchTokens {
			break
		}
		n++
	}
	return n
}

// run computes one batch and puts its vectors into out.
func (e *Embedder) run(batch []input, out [][]float32) (err error) {
	rows, width := len(batch), len(batch[len(batch)-1].ids)
	shape := ort.NewShape(int64(rows), int64(width))
	ids, mask := make([]int64, rows*width), make([]int64, rows*width)
	for r, in := range batch {
		copy(ids[r*width:], in.ids)
		for i := range in.ids {
			mask[r*width+i] = 1
		}
	}
	vectors := make([]float32, rows*Dimension)
	var values []ort.Value
	defer func() {
		for _, v := range values {
			err = errors.Join(err, v.Destroy())
		}
	}()
	for _, data := range [][]int64{ids, mask, make([]int64, rows*width)} {
		t, err := ort.NewTensor(shape, data)
		if err != nil {
			return fmt.Errorf("input of the model: %w", err)
		}
		values = append(values, t)
	}
	result, err := ort.NewTensor(ort.NewShape(int64(rows), Dimension), vectors)
	if err != nil {
		return fmt.Errorf("output of the model: %w", err)
	}
	values = append(values, result)
	if err := e.session.Run(values[:3], values[3:]); err != nil {
		return fmt.Errorf("embedding %d texts: %w", rows, err)
	}
	for r, in := range batch {
		out[in.at] = vectors[r*Dimension : (r+1)*Dimension : (r+1)*Dimension]
	}
	return nil
}
