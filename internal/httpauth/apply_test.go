package httpauth

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/credential"
	"github.com/automatelanka/automatelanka/internal/fault"
)

func request(t *testing.T, method, url, contentType, body string) *http.Request {
	t.Helper()
	r, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	return r
}

func apply(t *testing.T, typ string, r *http.Request, fields map[string]string) error {
	t.Helper()
	return Apply(credential.Kinds().Get(typ), r, fields, clock.NewManual(time.Date(2013, 5, 24, 0, 0, 0, 0, time.UTC)))
}

func TestEachWayIntoARequest(t *testing.T) {
	for name, c := range map[string]struct {
		typ            string
		fields         map[string]string
		url            string
		header, value  string
		wantURL, wants string // body
		kind, body     string
	}{
		"bearer":          {typ: "slackApi", fields: map[string]string{"accessToken": "t"}, header: "Authorization", value: "Bearer t"},
		"header":          {typ: "githubApi", fields: map[string]string{"accessToken": "t"}, header: "Authorization", value: "token t"},
		"two headers":     {typ: "supabaseApi", fields: map[string]string{"serviceRole": "t"}, header: "apikey", value: "t"},
		"optional header": {typ: "openAiApi", fields: map[string]string{"apiKey": "k"}, header: "OpenAI-Organization", value: ""},
		"custom header": {typ: "openAiApi", fields: map[string]string{"apiKey": "k", "header": "true", "headerName": "X-Own", "headerValue": "v"},
			header: "X-Own", value: "v"},
		"basic":      {typ: "zendeskApi", fields: map[string]string{"email": "a@b", "apiToken": "t"}, header: "Authorization", value: "Basic YUBiL3Rva2VuOnQ="},
		"one of two": {typ: "twilioApi", fields: map[string]string{"authType": "apiKey", "apiKeySid": "s", "apiKeySecret": "x"}, header: "Authorization", value: "Basic czp4"},
		"query":      {typ: "pipedriveApi", fields: map[string]string{"apiToken": "a b"}, url: "https://api.pipedrive.com/v1/x?api_token=old&a=1", wantURL: "https://api.pipedrive.com/v1/x?a=1&api_token=a%20b"},
		"path":       {typ: "telegramApi", fields: map[string]string{"accessToken": "1:a"}, url: "https://api.telegram.org/bot{credential}/getMe", wantURL: "https://api.telegram.org/bot1:a/getMe"},
		"body":       {typ: "paddleApi", fields: map[string]string{"vendorId": "1", "vendorAuthCode": "c"}, kind: "application/json", body: `{"a":1}`, wants: `{"a":1,`},
		"form":       {typ: "beeminderApi", fields: map[string]string{"authToken": "t t"}, kind: "application/x-www-form-urlencoded", body: "a=1", wants: "a=1&auth_token=t+t"},
		"new body":   {typ: "beeminderApi", fields: map[string]string{"authToken": "t"}, wants: `{"auth_token":"t"}`},
		"named":      {typ: "httpHeaderAuth", fields: map[string]string{"name": "x-key", "value": "v"}, header: "x-key", value: "v"},
		"named list": {typ: "httpMultipleHeadersAuth", fields: map[string]string{"headers": `{"values":[{"name":"x-a","value":"1"},{"name":"x-b","value":"v"}]}`}, header: "x-b", value: "v"},
		"mcp token":  {typ: "mcpOAuth2Api", fields: map[string]string{"accessToken": "t"}, header: "Authorization", value: "Bearer t"},
		"token":      {typ: "gmailOAuth2", fields: map[string]string{"accessToken": "t"}, header: "Authorization", value: "Bearer t"},
		"places": {typ: "odooApi", fields: map[string]string{"url": "https://my.odoo.com/", "username": "ada", "password": "p"}, kind: "application/json",
			body: `{"params":{"args":[null,null,null,null]}}`, wants: `{"params":{"args":["my","ada","p",null]}}`},
		"places that are taken stay": {typ: "odooApi", fields: map[string]string{"url": "https://my.odoo.com", "db": "d", "username": "ada", "password": "p"}, kind: "application/json",
			body: `{"params":{"args":[null,7,null,"{password}"]}}`, wants: `{"params":{"args":["d",7,"p","{password}"]}}`},
		"login token": {typ: "baserowApi", fields: map[string]string{"accessToken": "t"}, header: "Authorization", value: "JWT t"},
	} {
		t.Run(name, func(t *testing.T) {
			if c.url == "" {
				c.url = "https://x.example/"
			}
			r := request(t, "POST", c.url, c.kind, c.body)
			if err := apply(t, c.typ, r, c.fields); err != nil {
				t.Fatal(err)
			}
			got := ""
			if v := r.Header[c.header]; len(v) > 0 {
				got = v[0]
			}
			body, _ := io.ReadAll(r.Body)
			if got != c.value && c.header != "" || c.wantURL != "" && r.URL.String() != c.wantURL || !strings.HasPrefix(string(body), c.wants) || int(r.ContentLength) != len(body) {
				t.Errorf("%v %s %s", r.Header, r.URL, body)
			}
		})
	}
}

func TestHostsThatMayNotGetACredential(t *testing.T) {
	fields := map[string]string{"accessToken": "t", credential.FieldDomains: "api.example.com, *.example.org"}
	for host, ok := range map[string]bool{
		"api.example.com": true, "API.EXAMPLE.COM.": true, "a.example.org": true, "a.b.example.org": true,
		"example.org": false, "api.example.com.evil.example": false, "evilexample.org": false, "127.0.0.1": false,
	} {
		r := request(t, "GET", "https://"+host+"/", "", "")
		err := apply(t, "slackApi", r, fields)
		if ok != (err == nil) || !ok && (fault.Of(err).Code != fault.CodeCredentialDomain || r.Header.Get("Authorization") != "") {
			t.Errorf("%s: %v %v", host, err, r.Header)
		}
	}
}

// The example of Amazon's documentation ("Signature calculations: transferring
// payload in a single chunk", GET object), whose signature it gives.
func TestAWSSignature(t *testing.T) {
	r := request(t, "GET", "https://examplebucket.s3.amazonaws.com/?max-keys=2&prefix=J", "", "")
	r.Body, r.GetBody, r.ContentLength = nil, nil, 0
	err := apply(t, "aws", r, map[string]string{
		"region": "us-east-1", "accessKeyId": "AKIAIOSFODNN7EXAMPLE", "secretAccessKey": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
	})
	const want = "Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"
	if err != nil || !strings.HasSuffix(r.Header["Authorization"][0], want) {
		t.Errorf("%v %v", err, r.Header)
	}
}

func TestAWSServiceAndRegionFromTheHost(t *testing.T) {
	for host, want := range map[string]string{
		"sqs.eu-west-1.amazonaws.com": "sqs eu-west-1", "sts.amazonaws.com": "sts us-east-2", "s3.eu-central-1.amazonaws.com": "s3 eu-central-1",
		"b.s3.us-west-2.amazonaws.com": "s3 us-west-2", "b.s3.amazonaws.com": "s3 us-east-2", "a1.execute-api.us-west-1.amazonaws.com": "execute-api us-west-1",
		"email.us-east-1.amazonaws.com": "ses us-east-1", "minio.example": "s3 us-east-2", "sns.cn-north-1.amazonaws.com.cn": "sns cn-north-1",
		"bedrock-runtime.us-east-1.amazonaws.com": "bedrock us-east-1",
	} {
		if service, region := awsPlace(host, "us-east-2"); service+" "+region != want {
			t.Errorf("%s: %s %s, want %s", host, service, region, want)
		}
	}
}

// The example of the specification (OAuth Core 1.0, appendix A).
func TestOAuth1Signature(t *testing.T) {
	r := request(t, "GET", "http://photos.example.net/photos?file=vacation.jpg&size=original", "", "")
	err := signOAuth1(r, map[string]string{
		"consumerKey": "dpf43f3p2l4k3l03", "consumerSecret": "kd94hf93k423kf44", "signatureMethod": "HMAC-SHA1",
		"oauthToken": "nnch734d00sl2jdk", "oauthTokenSecret": "pfkkdhi9sl3r4s00",
	}, "kllo9940pd9333jh", time.Unix(1191242096, 0))
	if err != nil || !strings.Contains(r.Header["Authorization"][0], `oauth_signature="tR3%2BTy81lMeYAr%2FFid0kMTYa%2FWM%3D"`) {
		t.Errorf("%v %v", err, r.Header)
	}
}

// The token was signed by Python's hmac.
func TestGhostToken(t *testing.T) {
	r := request(t, "GET", "https://blog.example/ghost/api/v2/admin/posts/", "", "")
	const want = "Ghost eyJhbGciOiJIUzI1NiIsImtpZCI6IjY0ODkiLCJ0eXAiOiJKV1QifQ.eyJhdWQiOiIvdjIvYWRtaW4vIiwiZXhwIjoxNzcwMDAwMzAwLCJpYXQiOjE3NzAwMDAwMDB9.KUCm4JpSfEermdnCZfraXZ3J6HDQjqenPEOqgCt2UzE"
	if err := signGhost(r, "6489:00ff10", time.Unix(1770000000, 0)); err != nil || r.Header.Get("Authorization") != want {
		t.Errorf("%v %v", err, r.Header)
	}
	for _, key := range []string{"", "6489", "6489:", ":00ff10", "6489:zz", `6"9:00ff10`} {
		if err := signGhost(r, key, time.Unix(1770000000, 0)); err == nil || !strings.Contains(err.Error(), "no Admin API key") {
			t.Errorf("%q: %v", key, err)
		}
	}
}
