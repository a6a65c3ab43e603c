package cloudwatch

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/aws/smithy-go/encoding/cbor"

	"github.com/automatelanka/automatelanka/infra/localcloud/wire"
)

// timeTag marks seconds since 1970 (RFC 8949, 3.4.2).
const timeTag = 1

// plain makes of a CBOR value what encoding/json knows; times become seconds.
func plain(v cbor.Value) (any, error) {
	switch v := v.(type) {
	case cbor.Map:
		out := make(map[string]any, len(v))
		for name, member := range v {
			var err error
			if out[name], err = plain(member); err != nil {
				return nil, err
			}
		}
		return out, nil
	case cbor.List:
		out := make([]any, len(v))
		for i, member := range v {
			var err error
			if out[i], err = plain(member); err != nil {
				return nil, err
			}
		}
		return out, nil
	case *cbor.Tag:
		return plain(v.Value)
	case cbor.String:
		return string(v), nil
	case cbor.Bool:
		return bool(v), nil
	case cbor.Uint:
		return uint64(v), nil
	case cbor.NegInt:
		return -int64(v), nil
	case cbor.Float64:
		return float64(v), nil
	case cbor.Float32:
		return float64(v), nil
	case *cbor.Nil:
		return nil, nil
	}
	return nil, wire.Unsupported("this kind of CBOR value")
}

// decode reads a request into target. A member that target lacks is an error.
func decode(body []byte, target any) error {
	v, err := cbor.Decode(body)
	if err != nil {
		return wire.Errorf("SerializationException", "the request is no CBOR: %v", err)
	}
	all, err := plain(v)
	if err != nil {
		return err
	}
	text, err := json.Marshal(all)
	if err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(target); err != nil {
		return wire.Unsupported("this request: " + err.Error())
	}
	return nil
}

func timestamp(t time.Time) cbor.Value {
	return &cbor.Tag{ID: timeTag, Value: cbor.Float64(float64(t.Unix()))}
}

// write answers in the protocol rpc-v2-cbor.
func write(w http.ResponseWriter, status int, v cbor.Value) {
	h := w.Header()
	h.Set("Content-Type", "application/cbor")
	h.Set("Smithy-Protocol", "rpc-v2-cbor")
	w.WriteHeader(status)
	_, _ = w.Write(cbor.Encode(v))
}

func writeError(w http.ResponseWriter, err error) {
	var e *wire.Error
	if !errors.As(err, &e) {
		e = &wire.Error{Status: http.StatusInternalServerError, Type: "InternalServiceFault", Message: err.Error()}
	}
	write(w, e.Status, cbor.Map{"__type": cbor.String(e.Type), "message": cbor.String(e.Message)})
}
