package openaichat

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"embed"
	"encoding/base64"
	"fmt"
	"path"
	"strconv"
	"strings"
)

// vocabularies are OpenAI's cl100k_base and o200k_base as tiktoken publishes them
// (MIT licence), compressed: 2.5 MB of the binary instead of 5.3.
//
//go:embed vocabulary/*.gz
var vocabularies embed.FS

// vocabulary reads those files for tiktoken, which would fetch them by HTTP.
type vocabulary struct{}

// LoadTiktokenBpe returns the rank of each token. The file has a line a token:
// its bytes in base64 and its rank.
func (vocabulary) LoadTiktokenBpe(url string) (map[string]int, error) {
	packed, err := vocabularies.ReadFile("vocabulary/" + path.Base(url) + ".gz")
	if err != nil {
		return nil, err
	}
	text, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	ranks := make(map[string]int, 200_000)
	lines := bufio.NewScanner(text)
	for lines.Scan() {
		token, rank, _ := strings.Cut(lines.Text(), " ")
		raw, err := base64.StdEncoding.DecodeString(token)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path.Base(url), err)
		}
		if ranks[string(raw)], err = strconv.Atoi(rank); err != nil {
			return nil, fmt.Errorf("%s: %w", path.Base(url), err)
		}
	}
	return ranks, lines.Err()
}
