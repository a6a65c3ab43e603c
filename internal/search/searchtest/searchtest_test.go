package searchtest

import (
	"testing"

	"github.com/automatelanka/automatelanka/internal/search"
)

func TestMemoryConforms(t *testing.T) {
	TestBlobs(t, func(*testing.T) search.Blobs { return &Memory{} })
}
