package sqs

import (
	"net/http"

	"github.com/automatelanka/automatelanka/infra/localcloud/wire"
)

// handleEntry is an entry of the batches that work on received messages.
type handleEntry struct {
	ID                string `json:"Id"`
	QueueURL          string `json:"QueueUrl"`
	ReceiptHandle     string
	VisibilityTimeout *int
}

func (s *Service) opDelete(_ *http.Request, body []byte) (any, error) {
	return s.one(body, s.deleteEntry)
}

func (s *Service) opChange(_ *http.Request, body []byte) (any, error) {
	return s.one(body, s.changeEntry)
}

func (s *Service) opDeleteBatch(_ *http.Request, body []byte) (any, error) {
	return s.batch(body, s.deleteEntry)
}

func (s *Service) opChangeBatch(_ *http.Request, body []byte) (any, error) {
	return s.batch(body, s.changeEntry)
}

func (s *Service) one(body []byte, do func(*queue, handleEntry) error) (any, error) {
	var in handleEntry
	if err := read(body, &in); err != nil {
		return nil, err
	}
	q, err := s.locate(in.QueueURL)
	if err != nil {
		return nil, err
	}
	return nil, do(q, in)
}

func (s *Service) batch(body []byte, do func(*queue, handleEntry) error) (any, error) {
	var in struct {
		QueueURL string `json:"QueueUrl"`
		Entries  []handleEntry
	}
	if err := read(body, &in); err != nil {
		return nil, err
	}
	q, err := s.locate(in.QueueURL)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(in.Entries))
	for i, e := range in.Entries {
		ids[i] = e.ID
	}
	if err := checkBatch(ids); err != nil {
		return nil, err
	}
	type success struct {
		ID string `json:"Id"`
	}
	out := struct {
		Successful []success
		Failed     []failure
	}{Successful: []success{}, Failed: []failure{}}
	for _, e := range in.Entries {
		if err := do(q, e); err != nil {
			out.Failed = append(out.Failed, failed(e.ID, err))
			continue
		}
		out.Successful = append(out.Successful, success{e.ID})
	}
	return out, nil
}

func badHandle(handle string) error {
	return wire.Errorf("com.amazonaws.sqs#ReceiptHandleIsInvalid", "The input receipt handle \"%s\" is not a valid receipt handle.", handle)
}

func (s *Service) deleteEntry(q *queue, in handleEntry) error {
	seq, nonce, ok := parseHandle(in.ReceiptHandle)
	if !ok {
		return badHandle(in.ReceiptHandle)
	}
	if q.delete(seq, nonce) {
		s.erase(q.name, []uint64{seq})
	}
	return nil
}

func (s *Service) changeEntry(q *queue, in handleEntry) error {
	seq, nonce, ok := parseHandle(in.ReceiptHandle)
	if !ok {
		return badHandle(in.ReceiptHandle)
	}
	visibility, err := bounded("VisibilityTimeout", in.VisibilityTimeout, -1, 0, maxVisibility)
	if err != nil {
		return err
	}
	if visibility < 0 {
		return wire.Errorf("com.amazonaws.sqs#MissingParameter", "The request must contain the parameter VisibilityTimeout.")
	}
	if !q.change(seq, nonce, seconds(visibility)) {
		return wire.Errorf("com.amazonaws.sqs#MessageNotInflight", "The message is not in flight.")
	}
	return nil
}

func (s *Service) opPurge(_ *http.Request, body []byte) (any, error) {
	var in struct {
		QueueURL string `json:"QueueUrl"`
	}
	if err := read(body, &in); err != nil {
		return nil, err
	}
	q, err := s.locate(in.QueueURL)
	if err != nil {
		return nil, err
	}
	s.erase(q.name, q.purge())
	return nil, nil
}
