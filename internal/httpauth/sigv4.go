package httpauth

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/automatelanka/automatelanka/internal/fault"
)

// signAWS signs a request by Signature Version 4 ("Signing AWS API requests" in
// the IAM user guide). Region and service follow from the host where it names
// them (sqs.us-east-1.amazonaws.com); else the credential's region counts.
func signAWS(req *http.Request, fields map[string]string, now time.Time) error {
	body, err := readBody(req)
	if err != nil {
		return err
	}
	service, region := awsPlace(req.URL.Hostname(), fields["region"])
	if service == "" {
		return fault.New(fault.Invalid, fault.CodeNodeError, "The host %s names no AWS service, so the request cannot be signed.", req.URL.Hostname())
	}
	sum := sha256.Sum256(body)
	payload, at := hex.EncodeToString(sum[:]), now.UTC().Format("20060102T150405Z")
	SetHeader(req.Header, "X-Amz-Date", at)
	SetHeader(req.Header, "X-Amz-Content-Sha256", payload)
	if token := fields["sessionToken"]; token != "" && fields["temporaryCredentials"] != "false" {
		SetHeader(req.Header, "X-Amz-Security-Token", token)
	}
	names, headers := signedHeaders(req)
	canonical := strings.Join([]string{
		req.Method, awsPath(req.URL, service), awsQuery(req.URL), headers, names, payload,
	}, "\n")
	scope := at[:8] + "/" + region + "/" + service + "/aws4_request"
	hash := sha256.Sum256([]byte(canonical))
	text := strings.Join([]string{"AWS4-HMAC-SHA256", at, scope, hex.EncodeToString(hash[:])}, "\n")
	key := []byte("AWS4" + fields["secretAccessKey"])
	for _, part := range strings.Split(scope, "/") {
		key = mac(key, part)
	}
	SetHeader(req.Header, "Authorization", "AWS4-HMAC-SHA256 Credential="+fields["accessKeyId"]+"/"+scope+
		", SignedHeaders="+names+", Signature="+hex.EncodeToString(mac(key, text)))
	return nil
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

// awsPlace reads service and region out of a host name. Buckets stand before s3,
// and other servers that speak S3's protocol name neither.
func awsPlace(host, region string) (service, in string) {
	if region == "" {
		region = "us-east-1"
	}
	name, ok := strings.CutSuffix(strings.TrimSuffix(host, ".cn"), ".amazonaws.com")
	if !ok {
		return "s3", region
	}
	parts := strings.Split(name, ".")
	if i := slices.IndexFunc(parts, func(p string) bool { return p == "s3" || strings.HasPrefix(p, "s3-") }); i >= 0 {
		if i+1 < len(parts) && parts[len(parts)-1] != "dualstack" {
			region = parts[len(parts)-1]
		}
		return "s3", region
	}
	service = parts[0]
	if len(parts) > 1 {
		region = parts[len(parts)-1]
		if strings.Count(region, "-") < 2 { // email-smtp.…, or a resource before its service
			service = parts[len(parts)-1]
		} else if len(parts) > 2 {
			service = parts[len(parts)-2] // <api>.execute-api.<region>
		}
	}
	switch service { // what a service signs as, where its host says otherwise
	case "email":
		service = "ses"
	case "bedrock-runtime":
		service = "bedrock"
	}
	return service, region
}

// signedHeaders are the headers that are signed: the host, the type, and AWS's own.
func signedHeaders(req *http.Request) (names, lines string) {
	host := req.Host
	if host == "" {
		host = req.URL.Host
	}
	values := map[string]string{"host": host}
	for name, v := range req.Header {
		if low := strings.ToLower(name); low == "content-type" || strings.HasPrefix(low, "x-amz-") {
			values[low] = strings.Join(strings.Fields(strings.Join(v, ",")), " ")
		}
	}
	list := make([]string, 0, len(values))
	for name := range values {
		list = append(list, name)
	}
	slices.Sort(list)
	var b strings.Builder
	for _, name := range list {
		b.WriteString(name + ":" + values[name] + "\n")
	}
	return strings.Join(list, ";"), b.String()
}

// awsPath is the path as it is signed: escaped once for S3, twice for the others.
func awsPath(u *url.URL, service string) string {
	path := u.EscapedPath()
	if path == "" {
		return "/"
	}
	if service == "s3" {
		return path
	}
	parts := strings.Split(path, "/")
	for i := range parts {
		parts[i] = strict(parts[i])
	}
	return strings.Join(parts, "/")
}

// awsQuery is the query as it is signed: sorted, strictly escaped.
func awsQuery(u *url.URL) string {
	var parts []string
	for part := range strings.SplitSeq(u.RawQuery, "&") {
		if part == "" {
			continue
		}
		name, v, _ := strings.Cut(part, "=")
		parts = append(parts, strict(unescaped(name))+"="+strict(unescaped(v)))
	}
	slices.Sort(parts)
	return strings.Join(parts, "&")
}

func unescaped(s string) string {
	if u, err := url.QueryUnescape(s); err == nil {
		return u
	}
	return s
}

// strict escapes all but what RFC 3986 leaves unreserved.
func strict(s string) string {
	return strings.ReplaceAll(url.QueryEscape(s), "+", "%20")
}
