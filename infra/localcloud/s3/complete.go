package s3

import (
	"crypto/md5" //nolint:gosec // ETags are MD5
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/automatelanka/automatelanka/infra/localcloud/kv"
)

type completePart struct {
	PartNumber int
	ETag       string
}

// completeUpload joins the parts that the client names into the object.
func (s *Service) completeUpload(c *call) error {
	id, u, err := s.findUpload(c)
	if err != nil {
		return err
	}
	var in struct {
		Parts []completePart `xml:"Part"`
	}
	if err := xml.NewDecoder(c.r.Body).Decode(&in); err != nil || len(in.Parts) == 0 {
		return fail(http.StatusBadRequest, "MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema")
	}
	all, err := s.parts(id)
	if err != nil {
		return err
	}
	chosen, err := choose(all, in.Parts)
	if err != nil {
		return err
	}
	joined, err := s.join(chosen)
	if err != nil {
		return err
	}
	b := &kv.Batch{}
	joined.commit(b)
	s.dropUpload(b, id, all)
	o := &object{blob: joined.blob, Key: c.key, Modified: s.now(), Headers: u.Headers}
	if err := s.replace(c.bucket, c.key, o, b, c.writeCondition); err != nil {
		return err
	}
	for i := range all {
		s.discard(&all[i].blob)
	}
	writeXML(c.w, http.StatusOK, struct {
		XMLName  xml.Name `xml:"CompleteMultipartUploadResult"`
		XMLNS    string   `xml:"xmlns,attr"`
		Location string
		Bucket   string
		Key      string
		ETag     string
	}{XMLNS: namespace, Location: "/" + c.bucket + "/" + c.key, Bucket: c.bucket, Key: c.key, ETag: o.ETag})
	return nil
}

// choose finds the parts that a client names, which must be in order.
func choose(all []part, named []completePart) ([]part, error) {
	byNumber := map[int]part{}
	for _, p := range all {
		byNumber[p.Number] = p
	}
	out := make([]part, len(named))
	for i, n := range named {
		p, ok := byNumber[n.PartNumber]
		switch {
		case !ok || !sameTag(n.ETag, p.ETag):
			return nil, fail(http.StatusBadRequest, "InvalidPart", "One or more of the specified parts could not be found. The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.")
		case i > 0 && n.PartNumber <= named[i-1].PartNumber:
			return nil, fail(http.StatusBadRequest, "InvalidPartOrder", "The list of parts was not in ascending order. Parts must be ordered by part number.")
		case i < len(named)-1 && p.Size < minPart:
			return nil, fail(http.StatusBadRequest, "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size")
		}
		out[i] = p
	}
	return out, nil
}

// join copies parts into one blob. Its ETag is the MD5 of theirs, and their number.
func (s *Service) join(parts []part) (*incoming, error) {
	digest := md5.New() //nolint:gosec // ETags are MD5
	var readers []io.Reader
	for i := range parts {
		bytes, err := s.open(&parts[i].blob)
		if err != nil {
			return nil, err
		}
		defer bytes.Close() //nolint:revive // all stay open until the copy is made
		readers = append(readers, section(bytes, 0, parts[i].Size))
		sum, err := hex.DecodeString(strings.Trim(parts[i].ETag, `"`))
		if err != nil {
			return nil, err
		}
		_, _ = digest.Write(sum)
	}
	in, err := s.receive(io.MultiReader(readers...))
	if err != nil {
		return nil, err
	}
	in.ETag = fmt.Sprintf("\"%x-%d\"", digest.Sum(nil), len(parts))
	return in, nil
}
