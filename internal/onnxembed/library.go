package onnxembed

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	ort "github.com/yalue/onnxruntime_go"
)

// layerDir is where Lambda puts the layers' lib folder.
const layerDir = "/opt/lib"

// environment is ONNX Runtime's one environment of this process.
var environment struct {
	sync.Mutex
	library string
}

// loadLibrary loads the library once. A second library in one process is refused.
func loadLibrary(path string) error {
	environment.Lock()
	defer environment.Unlock()
	if environment.library != "" {
		if environment.library != path {
			return fmt.Errorf("ONNX Runtime is already loaded from %s; it cannot be loaded again from %s", environment.library, path)
		}
		return nil
	}
	if _, err := os.Stat(path); err != nil {
		return missing("ONNX Runtime's library", path, err)
	}
	ort.SetSharedLibraryPath(path)
	if err := ort.InitializeEnvironment(); err != nil {
		return fmt.Errorf("%s is not the ONNX Runtime that is wanted: remove it and run `make build`: %w", path, err)
	}
	environment.library = path
	return nil
}

func newSession(c Config) (*ort.DynamicAdvancedSession, error) {
	options, err := ort.NewSessionOptions()
	if err != nil {
		return nil, err
	}
	defer options.Destroy()
	err = errors.Join(
		options.SetIntraOpNumThreads(max(c.Threads, 1)),
		options.SetInterOpNumThreads(1),
		// The graph is what an optimisation would make of it (layers/minilm/fuse.py).
		options.SetGraphOptimizationLevel(ort.GraphOptimizationLevelDisableAll),
		// A thread that has no work must sleep: other functions share the machine.
		options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0"),
	)
	if err != nil {
		return nil, err
	}
	return ort.NewDynamicAdvancedSession(c.ModelPath,
		[]string{"input_ids", "attention_mask", "token_type_ids"}, []string{"sentence_embedding"}, options)
}

// checkModel compares the sizes only: the build compares the checksums, and
// reading 24 MB would cost as much as all the rest of a cold start.
func checkModel(path string) error {
	if err := graph.check(path); err != nil {
		return err
	}
	return weights.check(filepath.Join(filepath.Dir(path), weights.name))
}

func (f file) check(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return missing("the model", path, err)
	}
	if info.Size() != f.bytes {
		return fmt.Errorf("%s has %d bytes instead of %d: it is not the file with sha256 %s; restore layers/minilm", path, info.Size(), f.bytes, f.sha256)
	}
	return nil
}

func missing(what, path string, err error) error {
	if path == "" {
		return fmt.Errorf("%s: no path is configured; run `make build` and use Locate", what)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s is missing at %s: run `make build`", what, path)
	}
	return fmt.Errorf("%s cannot be read: %w", what, err)
}

// Locate returns the paths of this process: Lambda's layers if they are there,
// otherwise the checkout around the working directory. The files themselves are
// checked by Open.
func Locate() (Config, error) {
	return locate(layerDir, ".")
}

func locate(layers, from string) (Config, error) {
	if lib := filepath.Join(layers, "libonnxruntime.so.1"); exists(lib) {
		return Config{
			LibraryPath: lib,
			ModelPath:   filepath.Join(layers, "minilm", graph.name),
			VocabPath:   filepath.Join(layers, "minilm", "vocab.txt"),
		}, nil
	}
	root, err := checkout(from)
	if err != nil {
		return Config{}, err
	}
	file := "libonnxruntime.so.1"
	if runtime.GOOS == "darwin" {
		file = "libonnxruntime.1.dylib"
	}
	return Config{
		LibraryPath: filepath.Join(root, "build", "onnxruntime", runtime.GOOS+"-"+runtime.GOARCH, file),
		ModelPath:   filepath.Join(root, "layers", "minilm", graph.name),
		VocabPath:   filepath.Join(root, "layers", "minilm", "vocab.txt"),
	}, nil
}

// checkout walks up to the folder that holds layers/minilm.
func checkout(from string) (string, error) {
	dir, err := filepath.Abs(from)
	if err != nil {
		return "", err
	}
	for at := dir; ; at = filepath.Dir(at) {
		if exists(filepath.Join(at, "layers", "minilm")) {
			return at, nil
		}
		if at == filepath.Dir(at) {
			return "", fmt.Errorf("neither Lambda's layers in %s nor a checkout with layers/minilm around %s: start in the project's folder", layerDir, dir)
		}
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
