package openaichat

import (
	"errors"
	"net/http"

	"github.com/automatelanka/automatelanka/internal/node"
)

// recorder is an HTTPDoer that notes where a request would go, and sends nothing.
type recorder func(url, key string)

func (f recorder) Do(req *http.Request, _ node.HTTPOptions) (*http.Response, error) {
	f(req.URL.String(), req.Header.Get("Authorization"))
	return nil, errors.New("not sent")
}
