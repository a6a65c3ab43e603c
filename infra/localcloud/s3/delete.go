package s3

import (
	"encoding/xml"
	"errors"
	"net/http"

	"github.com/automatelanka/automatelanka/infra/localcloud/kv"
)

// maxDelete is how many objects one DeleteObjects may name.
const maxDelete = 1000

// remove deletes an object; it is no error if there is none.
func (s *Service) remove(bucket, key, match string) error {
	lock := s.lock(bucket, key)
	lock.Lock()
	defer lock.Unlock()
	old, err := s.load(bucket, key)
	if errors.Is(err, errNoKey) {
		if match != "" {
			return errNoKey
		}
		return nil
	}
	if err != nil {
		return err
	}
	if match != "" && match != "*" && !sameTag(match, old.ETag) {
		return errPrecondition
	}
	b := &kv.Batch{}
	b.Delete(objectKey(bucket, key))
	old.drop(b)
	if err := s.opts.Store.Commit(b); err != nil {
		return err
	}
	s.discard(&old.blob)
	return nil
}

func (s *Service) deleteObject(c *call) error {
	if err := s.remove(c.bucket, c.key, c.r.Header.Get("If-Match")); err != nil {
		return err
	}
	c.w.WriteHeader(http.StatusNoContent)
	return nil
}

type deleteError struct{ Key, Code, Message string }

func (s *Service) deleteObjects(c *call) error {
	var in struct {
		Quiet   bool
		Objects []struct{ Key, ETag, VersionId string } `xml:"Object"` //nolint:revive // the protocol's name
	}
	u, err := newUpload(c.r)
	if err != nil {
		return err
	}
	if err := xml.NewDecoder(u.reader).Decode(&in); err != nil || len(in.Objects) == 0 || len(in.Objects) > maxDelete {
		return fail(http.StatusBadRequest, "MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema")
	}
	type deleted struct{ Key string }
	out := struct {
		XMLName xml.Name `xml:"DeleteResult"`
		XMLNS   string   `xml:"xmlns,attr"`
		Deleted []deleted
		Error   []deleteError
	}{XMLNS: namespace}
	for _, o := range in.Objects {
		err := s.remove(c.bucket, o.Key, o.ETag)
		if o.VersionId != "" {
			err = unsupported("versions of objects")
		}
		var e *Error
		switch {
		case errors.As(err, &e):
			out.Error = append(out.Error, deleteError{o.Key, e.Code, e.Message})
		case err != nil:
			return err
		case !in.Quiet:
			out.Deleted = append(out.Deleted, deleted{o.Key})
		}
	}
	writeXML(c.w, http.StatusOK, out)
	return nil
}
