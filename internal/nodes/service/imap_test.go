package service

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
	"github.com/google/go-cmp/cmp"

	"github.com/automatelanka/automatelanka/internal/fault"
	mailboxes "github.com/automatelanka/automatelanka/internal/imap"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/safedial"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// imapWorld is a mailbox INBOX on a server that encrypts from the start, by
// STARTTLS, or not at all ("tls", "starttls", "none").
func imapWorld(t *testing.T, encryption string) (world, *imapmemserver.User) {
	t.Helper()
	user := imapmemserver.NewUser("ada", "sesame")
	for _, name := range []string{"INBOX", "Invoices"} {
		if err := user.Create(name, nil); err != nil {
			t.Fatal(err)
		}
	}
	store := imapmemserver.New()
	store.AddUser(user)
	certified := httptest.NewTLSServer(nil) // for its certificate
	certified.Close()
	cfg := &tls.Config{Certificates: certified.TLS.Certificates, MinVersion: tls.VersionTLS12}
	opt := &imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return store.NewSession(), nil, nil
		},
		InsecureAuth: true, Logger: quietLog{},
	}
	if encryption == "starttls" {
		opt.TLSConfig = cfg
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	secure := "false"
	if encryption == "tls" {
		l, secure = tls.NewListener(l, cfg), "true"
	}
	server := imapserver.New(opt)
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close() })
	host, port, _ := net.SplitHostPort(addr)
	return world{typ: "emailReadImap", version: 2.1, services: node.Services{
		Mailboxes: mailboxes.New(safedial.New(safedial.Options{AllowHosts: []string{addr}})), Blobs: &shelf{files: map[string]string{}},
		Credentials: vault{"host": host, "port": port, "user": "ada", "password": "sesame", "secure": secure, "allowUnauthorizedCerts": "true"},
	}}, user
}

// shelf is a store of files in memory.
type shelf struct{ files map[string]string }

func (s *shelf) Put(_ context.Context, key string, r io.Reader, _ int64) error {
	b, err := io.ReadAll(r)
	if err == nil {
		s.files[key] = string(b)
	}
	return err
}

func (s *shelf) Get(_ context.Context, key string) (io.ReadCloser, error) {
	return io.NopCloser(strings.NewReader(s.files[key])), nil
}

type literal struct{ *bytes.Reader }

func (l literal) Size() int64 { return l.Reader.Size() }

// deliver puts a message, written with plain line ends, into a mailbox.
func deliver(t *testing.T, user *imapmemserver.User, mailbox, message string, flags ...imap.Flag) {
	t.Helper()
	raw := []byte(strings.ReplaceAll(message, "\n", "\r\n"))
	if _, err := user.Append(mailbox, literal{bytes.NewReader(raw)}, &imap.AppendOptions{Flags: flags, Time: time.Date(2024, 5, 17, 0, 0, 0, 0, time.UTC)}); err != nil {
		t.Fatal(err)
	}
}

const letter = `From: =?utf-8?q?Ada_L=C3=B6we?= <ada@example.com>
To: Bob <bob@example.com>, carol@example.com
Subject: =?utf-8?b?R3LDvMOfZQ==?=
Date: Fri, 17 May 2024 12:30:00 +0200
Message-ID: <1@example.com>
References: <a@x> <b@x>
X-Mailer: Pigeon
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=outer

--outer
Content-Type: multipart/alternative; boundary=inner

--inner
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

Gr=FC=DFe
--inner
Content-Type: text/html; charset=utf-8

<b>Grüße</b> <img src="cid:logo">
--inner--
--outer
Content-Type: image/png
Content-Disposition: inline; filename=logo.png
Content-ID: <logo>

picture
--outer
Content-Type: application/pdf; name="x.pdf"
Content-Disposition: attachment; filename="../bill.pdf"
Content-Transfer-Encoding: base64

UERG
--outer--
`

func note(subject string) string {
	return "From: a@example.com\nSubject: " + subject + "\n\nhello " + subject + "\n"
}

// subjects are those of the items that a run gave.
func subjects(out node.Outcome) string {
	var all []string
	for _, it := range out.Run.Outputs[0] {
		all = append(all, node.Get(it.JSON, "subject", "?"))
	}
	return strings.Join(all, " ")
}

var started = []workflow.Item{{JSON: value.NewObject(0)}}

func TestMailSimple(t *testing.T) {
	for _, encryption := range []string{"tls", "starttls"} {
		t.Run(encryption, func(t *testing.T) {
			w, user := imapWorld(t, encryption)
			deliver(t, user, "INBOX", letter)
			out := w.execute(t, `{"downloadAttachments": true, "postProcessAction": "nothing"}`, started)
			if out.Run.Failed() {
				t.Fatal(out.Err)
			}
			it := out.Run.Outputs[0][0]
			want := `{"textHtml":"<b>Grüße</b> <img src=\"cid:logo\">","textPlain":"Grüße","metadata":{"message-id":"<1@example.com>","references":"<a@x> <b@x>","x-mailer":"Pigeon","mime-version":"1.0","content-type":"multipart/mixed; boundary=outer"},` +
				`"from":"Ada Löwe <ada@example.com>","to":"Bob <bob@example.com>, carol@example.com","subject":"Grüße","date":"Fri, 17 May 2024 12:30:00 +0200","attributes":{"uid":1}}`
			if diff := cmp.Diff(want, string(value.JSON(it.JSON))); diff != "" {
				t.Error(diff)
			}
			f := it.Binary["attachment_0"]
			if len(it.Binary) != 1 || string(f.Data) != "PDF" || f.FileName != "bill.pdf" || f.MimeType != "application/pdf" {
				t.Errorf("files %+v", it.Binary)
			}
		})
	}
}

func TestMailResolved(t *testing.T) {
	w, user := imapWorld(t, "tls")
	deliver(t, user, "Invoices", letter)
	out := w.execute(t, `{"mailbox": "Invoices", "format": "resolved", "dataPropertyAttachmentsPrefixName": "f"}`, started)
	if out.Run.Failed() {
		t.Fatal(out.Err)
	}
	it := out.Run.Outputs[0][0]
	for name, want := range map[string]string{
		"subject": "Grüße", "date": "2024-05-17T10:30:00.000Z", "messageId": "<1@example.com>", "references": `["<a@x>","<b@x>"]`,
		"text": "Grüße", "textAsHtml": "<p>Grüße</p>", "html": `<b>Grüße</b> <img src="cid:logo">`,
	} {
		if got := node.Get(it.JSON, name, ""); got != want {
			t.Errorf("%s is %s", name, got)
		}
	}
	from, _ := it.JSON.Get("from")
	if got := node.Text(from); got != `{"value":[{"address":"ada@example.com","name":"Ada Löwe"}],"html":"<span class=\"mp_address_group\"><span class=\"mp_address_name\">Ada Löwe</span> &lt;<a href=\"mailto:ada@example.com\" class=\"mp_address_email\">ada@example.com</a>&gt;</span>","text":"\"Ada Löwe\" <ada@example.com>"}` {
		t.Errorf("from %s", got)
	}
	if string(it.Binary["f0"].Data) != "picture" || string(it.Binary["f1"].Data) != "PDF" {
		t.Errorf("files %+v", it.Binary)
	}
}

func TestMailRaw(t *testing.T) {
	w, user := imapWorld(t, "tls")
	deliver(t, user, "INBOX", note("a"))
	w.gives(t, `{"format": "raw"}`, started, `[{"raw":"hello a\r\n"}]`)
}

func TestMailIsMarkedAsReadOnlyIfTheAuthorWants(t *testing.T) {
	w, user := imapWorld(t, "tls")
	deliver(t, user, "INBOX", note("a"))
	for range 2 {
		if got := subjects(w.execute(t, `{"postProcessAction": "nothing"}`, started)); got != "a" {
			t.Fatalf("looking changed something: %q", got)
		}
	}
	w.execute(t, `{}`, started)
	if got := subjects(w.execute(t, `{}`, started)); got != "" {
		t.Errorf("%q was read twice", got)
	}
}

func TestMailRules(t *testing.T) {
	w, user := imapWorld(t, "tls")
	deliver(t, user, "INBOX", note("seen"), imap.FlagSeen)
	deliver(t, user, "INBOX", note("fresh"))
	deliver(t, user, "INBOX", note("starred"), imap.FlagFlagged, imap.FlagSeen)
	for rules, want := range map[string]string{
		`["ALL"]`: "seen fresh starred", `["UNSEEN"]`: "fresh", `["!UNSEEN"]`: "seen starred", `["SEEN", "FLAGGED"]`: "starred", `[]`: "seen fresh starred",
		`[["SUBJECT", "fre"]]`: "fresh", `[["OR", "FLAGGED", ["HEADER", "Subject", "fresh"]]]`: "fresh starred", `[["NOT", "FLAGGED"], "SEEN"]`: "seen",
		`[["UID", "2:*"]]`: "fresh starred", `[["UID", 1, "3"]]`: "seen starred", `[["SINCE", "May 18, 2024"]]`: "", `[["SINCE", "2024-05-16"], ["BEFORE", "20 May 2024"]]`: "seen fresh starred",
		`[["ON", "05/17/2024"]]`: "seen fresh starred", `[["BODY", "hello st"]]`: "starred", `[["LARGER", 1], ["LARGER", 10000]]`: "", `[["SMALLER", 10000], ["SMALLER", 5]]`: "",
	} {
		parameters := value.Obj("postProcessAction", "nothing", "options", value.Obj("customEmailConfig", rules))
		out := w.execute(t, string(value.JSON(parameters)), started)
		if out.Run.Failed() {
			t.Errorf("%s: %v", rules, out.Err)
		} else if got := subjects(out); got != want {
			t.Errorf("%s chose %q, want %q", rules, got, want)
		}
	}
}

func TestMailRulesThatAreWrong(t *testing.T) {
	w, _ := imapWorld(t, "tls")
	for _, rules := range []string{`UNSEEN`, `{"a": 1}`, `["NEWISH"]`, `[["SINCE", "yesterday"]]`, `[["UID", "0"]]`, `[["UID", "x:y"]]`, `[["OR", "SEEN"]]`, `[["LARGER", "big"]]`, `[[]]`, `[3]`, `[["X-GM-RAW", "a"]]`,
		"[" + strings.Repeat(`["NOT",`, 150) + `"SEEN"` + strings.Repeat("]", 150) + "]"} {
		f := w.fails(t, string(value.JSON(value.Obj("options", value.Obj("customEmailConfig", rules)))), started)
		if f.Transient() || f.Kind == fault.Internal {
			t.Errorf("%s: %v (%v)", rules, f, f.Kind)
		}
	}
}

// A mailbox is read forward from a cursor, in pieces, each message once; a new
// validity makes the cursor void.
func TestMailCursor(t *testing.T) {
	w, user := imapWorld(t, "tls")
	for i := range maxMails + 3 {
		deliver(t, user, "INBOX", note(string(rune('a'+i%26))))
	}
	look := func(after node.MailCursor) *Mail {
		c := w.call(t, `{"postProcessAction": "nothing", "options": {"customEmailConfig": "[\"ALL\"]"}}`)
		m, err := ReadMail(t.Context(), c, after)
		if err != nil {
			t.Fatal(err)
		}
		m.Close()
		return m
	}
	first := look(node.MailCursor{})
	if len(first.Items) != maxMails || !first.More || first.Cursor.UID != maxMails {
		t.Fatalf("%d messages, more %v, cursor %+v", len(first.Items), first.More, first.Cursor)
	}
	second := look(first.Cursor)
	if len(second.Items) != 3 || second.More {
		t.Fatalf("%d messages, more %v", len(second.Items), second.More)
	}
	third := look(second.Cursor)
	if len(third.Items) != 0 || third.Cursor != second.Cursor {
		t.Fatalf("%d messages, cursor %+v", len(third.Items), third.Cursor)
	}
	void := look(node.MailCursor{Validity: second.Cursor.Validity + 1, UID: second.Cursor.UID})
	if len(void.Items) != maxMails {
		t.Errorf("a void cursor gave %d messages", len(void.Items))
	}
}

// A poll marks as read what the poll before has given: only then the run is sure
// to exist.
func TestMailPolled(t *testing.T) {
	w, user := imapWorld(t, "tls")
	deliver(t, user, "INBOX", note("old"))
	poll := func(cursor []byte) ([]string, []byte) {
		t.Helper()
		p, err := pollMail(t.Context(), w.call(t, `{}`), cursor)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, it := range p.Items {
			got = append(got, node.Get(it.JSON, "subject", ""))
		}
		return got, p.Cursor
	}
	unread := func() string {
		return subjects(w.execute(t, `{"postProcessAction": "nothing"}`, started))
	}
	got, first := poll(nil)
	if diff := cmp.Diff([]string{"old"}, got); diff != "" || unread() != "old" {
		t.Fatalf("%s, unread %q", diff, unread())
	}
	if got, _ := poll(nil); len(got) != 1 {
		t.Error("a poll whose mark was not kept lost its message")
	}
	deliver(t, user, "INBOX", note("new"))
	got, second := poll(first)
	if diff := cmp.Diff([]string{"new"}, got); diff != "" || unread() != "new" {
		t.Errorf("%s, unread %q", diff, unread())
	}
	if got, _ := poll(second); len(got) != 0 || unread() != "" {
		t.Errorf("%q, unread %q", got, unread())
	}
}

func TestMailHandedOnByAPollIsNotReadAgain(t *testing.T) {
	w, user := imapWorld(t, "tls")
	deliver(t, user, "INBOX", note("other"))
	w.gives(t, `{}`, items(t, `{"subject": "polled"}`), `[{"subject":"polled"}]`)
}

func TestMailThatIsTooLargeDoesNotBlockTheMailbox(t *testing.T) {
	w, user := imapWorld(t, "tls")
	big := "Subject: big\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nhi\n--b\nContent-Type: application/zip\nContent-Disposition: attachment; filename=a.zip\n\n" + strings.Repeat("x", node.DefaultMaxFile+10) + "\n--b--\n"
	deliver(t, user, "INBOX", big)
	deliver(t, user, "INBOX", "Subject: broken\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain; charset=klingon\n\nhi\n--b\nbroken")
	deliver(t, user, "INBOX", note("next"))
	out := w.execute(t, `{"downloadAttachments": true}`, started)
	if out.Run.Failed() {
		t.Fatal(out.Err)
	}
	if got := subjects(out); got != "big broken next" {
		t.Fatalf("read %q", got)
	}
	if got := node.Get(out.Run.Outputs[0][0].JSON, "problems", ""); !strings.Contains(got, "a.zip") || !strings.Contains(got, "10 MB") {
		t.Errorf("problems %s", got)
	}
	if got := node.Get(out.Run.Outputs[0][0].JSON, "textPlain", ""); got != "hi" {
		t.Errorf("text %q", got)
	}
}

func TestMailCredentialsAndEncryption(t *testing.T) {
	w, _ := imapWorld(t, "tls")
	w.services.Credentials.(vault)["password"] = "wrong-secret"
	f := w.fails(t, `{}`, started)
	if f.Transient() || f.Outcome != fault.NotSent || strings.Contains(f.Message, "wrong-secret") || !strings.Contains(f.Message, "refused the credential") {
		t.Errorf("%v, outcome %v", f, f.Outcome)
	}
	w, _ = imapWorld(t, "tls")
	w.services.Credentials.(vault)["allowUnauthorizedCerts"] = "false"
	if f := w.fails(t, `{}`, started); !strings.Contains(f.Message, "certificate") {
		t.Error(f)
	}
	w, _ = imapWorld(t, "none")
	if f := w.fails(t, `{}`, started); !strings.Contains(f.Message, "clear text") {
		t.Error(f)
	}
	w, _ = imapWorld(t, "tls")
	if f := w.fails(t, `{"mailbox": "Nowhere"}`, started); f.Transient() || !strings.Contains(f.Message, "Nowhere") {
		t.Error(f)
	}
	w.services.Mailboxes = mailboxes.New(safedial.New(safedial.Options{}))
	if f := w.fails(t, `{}`, started); f.Code != fault.CodeAddressRefused {
		t.Error(f)
	}
}
