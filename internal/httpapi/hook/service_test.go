package hook

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"hash"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/automatelanka/automatelanka/internal/trigger"
	"github.com/automatelanka/automatelanka/internal/trigger/service"
	"github.com/automatelanka/automatelanka/internal/value"
)

const (
	secret  = "the-secret-of-both"
	address = "https://al.example/hooks/ten_a/wid/webhook"
)

func sum(h func() hash.Hash, key, message string) []byte {
	m := hmac.New(h, []byte(key))
	m.Write([]byte(message))
	return m.Sum(nil)
}

func hexOf(key, message string) string { return hex.EncodeToString(sum(sha256.New, key, message)) }

func base64Of(key, message string) string {
	return base64.StdEncoding.EncodeToString(sum(sha256.New, key, message))
}

func seconds(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }

func millis(t time.Time) string { return strconv.FormatInt(t.UnixMilli(), 10) }

// delivery of a service: what it sends, and what the run starts with.
type sending struct {
	node        string // the rest of the node's JSON
	credential  string // its type and the field of the secret
	contentType string // "": JSON
	query       string
	body        string // NOW stands for the time in milliseconds
	headers     []string
	sign        func(key, body string, at time.Time) []string
	timed       bool   // an old signature is refused
	want        string // items
	other       string // a body of an event that is not listened to; "" if a header says it
	header      string // the header with the event's name
	open        bool   // the service proves nothing
	all         bool   // the node wants every event
}

var sendings = map[string]sending{
	"stripeTrigger": {
		node: `"typeVersion":1,"parameters":{"events":["invoice.paid"]}`, credential: "stripeApi.signatureSecret",
		body: `{"id":"evt_1","type":"invoice.paid","data":{"object":{"id":"in_1"}}}`, timed: true,
		sign: func(key, body string, at time.Time) []string {
			return []string{"Stripe-Signature", "t=" + seconds(at) + ",v1=" + hexOf("an old secret", body) + ",v1=" + hexOf(key, seconds(at)+"."+body)}
		},
		want: `[{"id":"evt_1","type":"invoice.paid","data":{"object":{"id":"in_1"}}}]`, other: `{"id":"evt_2","type":"invoice.voided"}`,
	},
	"telegramTrigger": {
		node: `"typeVersion":1.2,"parameters":{"updates":["message"],"additionalFields":{"chatIds":"7, 42"}}`, credential: "telegramApi.webhookSecret",
		body: `{"update_id":900,"message":{"chat":{"id":42},"text":"hi"}}`,
		sign: func(key, _ string, _ time.Time) []string { return []string{"X-Telegram-Bot-Api-Secret-Token", key} },
		want: `[{"update_id":900,"message":{"chat":{"id":42},"text":"hi"}}]`, other: `{"update_id":901,"poll":{"id":"1"}}`,
	},
	"typeformTrigger": {
		node: `"typeVersion":1.1,"parameters":{"formId":"f1"}`, credential: "typeformApi.webhookSecret",
		body: `{"event_id":"ev1","form_response":{"form_id":"f1","definition":{"fields":[{"id":"a","title":"Name"},{"id":"b","title":"Why, {{field:a}}?"},{"id":"c","title":"Which"}]},
			"answers":[{"type":"text","text":"Nimal","field":{"id":"a"}},{"type":"choice","choice":{"label":"Price"},"field":{"id":"b"}},{"type":"choices","choices":{"labels":["x","y"]},"field":{"id":"c"}}]}}`,
		sign: func(key, body string, _ time.Time) []string {
			return []string{"Typeform-Signature", "sha256=" + base64Of(key, body)}
		},
		want: `[{"Name":"Nimal","Why, [field:a]?":"Price","Which":["x","y"]}]`, other: `{"event_id":"ev2","form_response":{"form_id":"f2"}}`,
	},
	"wooCommerceTrigger": {
		node: `"typeVersion":1,"parameters":{"event":"order.created"}`, credential: "wooCommerceApi.webhookSecret",
		body: `{"id":7}`, headers: []string{"X-WC-Webhook-Delivery-ID", "d1", "X-WC-Webhook-Topic", "order.created"}, header: "X-WC-Webhook-Topic",
		sign: func(key, body string, _ time.Time) []string {
			return []string{"X-WC-Webhook-Signature", base64Of(key, body)}
		},
		want: `[{"id":7}]`,
	},
	"whatsAppTrigger": {
		node: `"typeVersion":1,"parameters":{"updates":["messages"]}`, credential: "whatsAppTriggerApi.clientSecret",
		body: `{"object":"whatsapp_business_account","entry":[{"changes":[{"field":"messages","value":{"messages":[{"id":"m1"}]}},{"field":"security","value":{}}]},{"changes":[{"field":"messages","value":{"messages":[{"id":"m2"}]}}]}]}`,
		sign: func(key, body string, _ time.Time) []string {
			return []string{"X-Hub-Signature-256", "sha256=" + hexOf(key, body)}
		},
		want:  `[{"messages":[{"id":"m1"}],"field":"messages"},{"messages":[{"id":"m2"}],"field":"messages"}]`,
		other: `{"entry":[{"changes":[{"field":"security","value":{}}]}]}`,
	},
	"shopifyTrigger": {
		node: `"typeVersion":1,"parameters":{"topic":"orders/create","authentication":"accessToken"}`, credential: "shopifyAccessTokenApi.appSecretKey",
		body: `{"id":7}`, headers: []string{"X-Shopify-Webhook-Id", "d1", "X-Shopify-Topic", "orders/create"}, header: "X-Shopify-Topic",
		sign: func(key, body string, _ time.Time) []string {
			return []string{"X-Shopify-Hmac-Sha256", base64Of(key, body)}
		},
		want: `[{"id":7}]`,
	},
	"calendlyTrigger": {
		node: `"typeVersion":1,"parameters":{"events":["invitee.created"]}`, credential: "calendlyApi.webhookSecret",
		body: `{"event":"invitee.created","payload":{"uri":"u"}}`, timed: true,
		sign: func(key, body string, at time.Time) []string {
			return []string{"Calendly-Webhook-Signature", "t=" + seconds(at) + ",v1=" + hexOf(key, seconds(at)+"."+body)}
		},
		want: `[{"event":"invitee.created","payload":{"uri":"u"}}]`, other: `{"event":"invitee.canceled"}`,
	},
	"githubTrigger": {
		node: `"typeVersion":1,"parameters":{"events":["push","star"]}`, credential: "githubApi.webhookSecret",
		body: `{"ref":"main"}`, query: "?a=1", headers: []string{"X-GitHub-Delivery", "d1", "X-GitHub-Event", "star"}, header: "X-GitHub-Event",
		sign: func(key, body string, _ time.Time) []string {
			return []string{"X-Hub-Signature-256", "sha256=" + hexOf(key, body)}
		},
		want: `[{"body":{"ref":"main"},"query":{"a":"1"}}]`,
	},
	"gitlabTrigger": {
		node: `"typeVersion":1,"parameters":{"events":["merge_requests"]}`, credential: "gitlabApi.webhookSecret",
		body: `{"object_kind":"merge_request"}`, headers: []string{"Idempotency-Key", "d1", "X-Gitlab-Event", "Merge Request Hook"}, header: "X-Gitlab-Event",
		sign: func(key, _ string, _ time.Time) []string { return []string{"X-Gitlab-Token", key} },
		want: `[{"body":{"object_kind":"merge_request"},"query":{}}]`,
	},
	"slackTrigger": {
		node:       `"typeVersion":1,"parameters":{"trigger":["app_mention"],"channelId":{"__rl":true,"mode":"url","value":"https://app.slack.com/client/T1/C9"},"options":{"userIds":["U0"]}}`,
		credential: "slackApi.signatureSecret",
		body:       `{"event_id":"Ev1","type":"event_callback","event":{"type":"app_mention","channel":"C9","user":"U1"}}`, timed: true,
		sign: func(key, body string, at time.Time) []string {
			return []string{"X-Slack-Request-Timestamp", seconds(at), "X-Slack-Signature", "v0=" + hexOf(key, "v0:"+seconds(at)+":"+body)}
		},
		want: `[{"type":"app_mention","channel":"C9","user":"U1"}]`, other: `{"event_id":"Ev2","event":{"type":"app_mention","channel":"C8"}}`,
	},
	"linearTrigger": {
		node: `"typeVersion":1,"parameters":{"resources":["issue"],"teamId":"t1"}`, credential: "linearApi.signingSecret",
		body: `{"type":"Issue","data":{"teamId":"t1"},"webhookTimestamp":NOW}`, headers: []string{"Linear-Delivery", "d1"}, timed: true,
		sign: func(key, body string, _ time.Time) []string { return []string{"Linear-Signature", hexOf(key, body)} },
		want: `[{"type":"Issue","data":{"teamId":"t1"},"webhookTimestamp":NOW}]`, other: `{"type":"Comment","webhookTimestamp":NOW}`,
	},
	"hubspotTrigger": {
		node: `"typeVersion":1,"parameters":{"eventsUi":{"eventValues":[{"name":"deal.creation"}]}}`, credential: "hubspotDeveloperApi.clientSecret",
		body: `[{"eventId":1,"subscriptionType":"deal.creation","objectId":5,"occurredAt":3},{"eventId":2,"subscriptionType":"contact.creation","objectId":6,"occurredAt":3}]`, timed: true,
		sign: func(key, body string, at time.Time) []string {
			return []string{"X-HubSpot-Request-Timestamp", millis(at), "X-HubSpot-Signature-v3", base64Of(key, "POST"+address+body+millis(at))}
		},
		want: `[{"eventId":1,"subscriptionType":"deal.creation","occurredAt":3,"dealId":5}]`, other: `[{"eventId":3,"subscriptionType":"deal.deletion","objectId":5,"occurredAt":3}]`,
	},
	"twilioTrigger": {
		node: `"typeVersion":1,"parameters":{"updates":["com.twilio.messaging.inbound-message.received"]}`, credential: "twilioApi.authToken",
		contentType: "application/cloudevents+json", query: "?bodySHA256=HASH",
		body: `[{"id":"e1","type":"com.twilio.messaging.inbound-message.received","data":{"body":"hi"}}]`,
		sign: func(key, body string, _ time.Time) []string {
			h := sha256.Sum256([]byte(body))
			return []string{"X-Twilio-Signature", base64.StdEncoding.EncodeToString(sum(sha1.New, key, address+"?bodySHA256="+hex.EncodeToString(h[:])))}
		},
		want: `[{"id":"e1","type":"com.twilio.messaging.inbound-message.received","data":{"body":"hi"}}]`, other: `[{"id":"e2","type":"com.twilio.other"}]`,
	},
	"pipedriveTrigger": {
		node: `"typeVersion":1.1,"parameters":{"action":"create","entity":"deal","incomingAuthentication":"basicAuth"}`, credential: "httpBasicAuth.password",
		body: `{"meta":{"id":"uuid-1","entity_id":"5","action":"create","entity":"deal"},"data":{"id":5}}`,
		sign: func(key, _ string, _ time.Time) []string {
			return []string{"Authorization", "Basic " + base64.StdEncoding.EncodeToString([]byte("u:"+key))}
		},
		want: `[{"meta":{"id":"uuid-1","entity_id":"5","action":"create","entity":"deal"},"data":{"id":5}}]`, other: `{"meta":{"id":"uuid-2","entity_id":"5","action":"create","entity":"person"}}`,
	},
	"gumroadTrigger": {
		node: `"typeVersion":1,"parameters":{"resource":"sale"}`, credential: "gumroadApi.accessToken", contentType: "application/x-www-form-urlencoded", open: true,
		body: `resource_name=sale&sale_id=s1&email=a%40b.example`, other: `resource_name=refund&sale_id=s2`,
		sign: func(string, string, time.Time) []string { return nil },
		want: `[{"resource_name":"sale","sale_id":"s1","email":"a@b.example"}]`,
	},
	"webflowTrigger": {
		node: `"typeVersion":1,"parameters":{"site":"s1"}`, credential: "webflowApi.accessToken", open: true,
		body: `{"triggerType":"form_submission","payload":{"name":"Contact","id":"f1"}}`, other: `{"triggerType":"site_publish","payload":{}}`,
		sign: func(string, string, time.Time) []string { return nil },
		want: `[{"triggerType":"form_submission","payload":{"name":"Contact","id":"f1"}}]`,
	},
	"emeliaTrigger": {
		node: `"typeVersion":1,"parameters":{"campaignId":"c1","events":["replied"]}`, credential: "emeliaApi.apiKey", open: true,
		body: `{"event":"REPLIED","campaign":"c1","contact":{"email":"a@b.example"}}`, other: `{"event":"SENT","campaign":"c1"}`,
		sign: func(string, string, time.Time) []string { return nil },
		want: `[{"event":"REPLIED","campaign":"c1","contact":{"email":"a@b.example"}}]`,
	},
	"lemlistTrigger": {
		node: `"typeVersion":1,"parameters":{"event":"emailsReplied"}`, credential: "lemlistApi.apiKey", open: true,
		body: `{"type":"emailsReplied","leadEmail":"a@b.example"}`, other: `{"type":"emailsSent"}`,
		sign: func(string, string, time.Time) []string { return nil },
		want: `[{"type":"emailsReplied","leadEmail":"a@b.example"}]`,
	},
	"postmarkTrigger": {
		node: `"typeVersion":1,"parameters":{"events":["open"]}`, credential: "postmarkApi.serverToken", open: true,
		body: `{"RecordType":"Open","Recipient":"a@b.example"}`, other: `{"RecordType":"Click"}`,
		sign: func(string, string, time.Time) []string { return nil },
		want: `[{"RecordType":"Open","Recipient":"a@b.example"}]`,
	},
	"pushcutTrigger": {
		node: `"typeVersion":1,"parameters":{"actionName":"go"}`, credential: "pushcutApi.apiKey", open: true, all: true,
		body: `{"input":"x"}`,
		sign: func(string, string, time.Time) []string { return nil },
		want: `[{"input":"x"}]`,
	},
	"mailjetTrigger": {
		node: `"typeVersion":1,"parameters":{"event":"open"}`, credential: "mailjetEmailApi.secretKey", open: true,
		body: `[{"event":"open","email":"a@b.example"},{"event":"click","email":"c@d.example"}]`, other: `{"event":"click"}`,
		sign: func(string, string, time.Time) []string { return nil },
		want: `[{"event":"open","email":"a@b.example"}]`,
	},
	"calTrigger": {
		node: `"typeVersion":2,"parameters":{"events":["BOOKING_CREATED"],"options":{}}`, credential: "calApi.webhookSecret",
		body: `{"triggerEvent":"BOOKING_CREATED","createdAt":"2026-03-01T00:00:00Z","payload":{"uid":"u1","title":"Tea"}}`,
		sign: func(key, body string, _ time.Time) []string { return []string{"X-Cal-Signature-256", hexOf(key, body)} },
		want: `[{"uid":"u1","title":"Tea","triggerEvent":"BOOKING_CREATED","createdAt":"2026-03-01T00:00:00Z"}]`, other: `{"triggerEvent":"MEETING_ENDED","payload":{}}`,
	},
	"clickUpTrigger": {
		node: `"typeVersion":1,"parameters":{"team":"T","events":["taskCreated"]}`, credential: "clickUpApi.webhookSecret",
		body: `{"event":"taskCreated","task_id":"t1","webhook_id":"w1"}`,
		sign: func(key, body string, _ time.Time) []string { return []string{"X-Signature", hexOf(key, body)} },
		want: `[{"event":"taskCreated","task_id":"t1","webhook_id":"w1"}]`, other: `{"event":"taskDeleted","task_id":"t1"}`,
	},
	"asanaTrigger": {
		node: `"typeVersion":1,"parameters":{"resource":"1","workspace":"2"}`, credential: "asanaApi.webhookSecret",
		body: `{"events":[{"action":"changed","resource":{"gid":"1"}},{"action":"added","resource":{"gid":"3"}}]}`,
		sign: func(key, body string, _ time.Time) []string { return []string{"X-Hook-Signature", hexOf(key, body)} },
		want: `[{"action":"changed","resource":{"gid":"1"}},{"action":"added","resource":{"gid":"3"}}]`, other: `{"events":[]}`,
	},
	"bitbucketTrigger": {
		node: `"typeVersion":1.1,"parameters":{"resource":"repository","events":["repo:push"]}`, credential: "bitbucketApi.webhookSecret",
		body: `{"push":{}}`, headers: []string{"X-Request-UUID", "d1", "X-Event-Key", "repo:push"}, header: "X-Event-Key",
		sign: func(key, body string, _ time.Time) []string {
			return []string{"X-Hub-Signature", "sha256=" + hexOf(key, body)}
		},
		want: `[{"push":{}}]`,
	},
	"jiraTrigger": {
		node: `"typeVersion":1.1,"parameters":{"events":["jira:issue_updated"],"additionalFields":{}}`, credential: "jiraSoftwareCloudApi.webhookSecret",
		body: `{"webhookEvent":"jira:issue_updated","issue":{"key":"A-1"}}`, headers: []string{"X-Atlassian-Webhook-Identifier", "d1"},
		sign: func(key, body string, _ time.Time) []string {
			return []string{"X-Hub-Signature", "sha256=" + hexOf(key, body)}
		},
		want: `[{"webhookEvent":"jira:issue_updated","issue":{"key":"A-1"}}]`, other: `{"webhookEvent":"comment_created"}`,
	},
	"trelloTrigger": {
		node: `"typeVersion":1,"parameters":{"id":"b1"}`, credential: "trelloApi.oauthSecret", all: true,
		body: `{"action":{"id":"a1","type":"updateCard"},"model":{"id":"b1"}}`,
		sign: func(key, body string, _ time.Time) []string {
			return []string{"X-Trello-Webhook", base64.StdEncoding.EncodeToString(sum(sha1.New, key, body+address))}
		},
		want: `[{"action":{"id":"a1","type":"updateCard"},"model":{"id":"b1"}}]`,
	},
	"mauticTrigger": {
		node: `"typeVersion":1,"parameters":{"events":["mautic.form_on_submit"]}`, credential: "mauticApi.webhookSecret",
		body: `{"mautic.form_on_submit":[{"submission":{"id":1}}]}`,
		sign: func(key, body string, _ time.Time) []string {
			return []string{"Webhook-Signature", base64Of(key, body)}
		},
		want: `[{"mautic.form_on_submit":[{"submission":{"id":1}}]}]`, other: `{"mautic.page_on_hit":[]}`,
	},
}

// at is a server with the sending's trigger, and its credential.
func (s sending) at(t *testing.T, name, secret string) *fixture {
	t.Helper()
	typ, field, _ := strings.Cut(s.credential, ".")
	f := setupNode(t, `{"id":"nid","name":"Hook","type":"n8n-nodes-base.`+name+`","position":[0,0],"webhookId":"wid","credentials":{"`+typ+`":{"id":"s1"}},`+s.node+`}`)
	f.Credentials = vault{"ten_a/" + typ + "/s1": {"user": "u", field: secret}}
	return f
}

func (s sending) send(f *fixture, body string, headers ...string) *httptest.ResponseRecorder {
	contentType := s.contentType
	if contentType == "" {
		contentType = "application/json"
	}
	h := sha256.Sum256([]byte(body))
	query := strings.ReplaceAll(s.query, "HASH", hex.EncodeToString(h[:]))
	return f.call("POST", "/hooks/ten_a/wid/webhook"+query, contentType, []byte(body), headers...)
}

func stamped(text string, at time.Time) string { return strings.ReplaceAll(text, "NOW", millis(at)) }

func TestServices(t *testing.T) {
	for _, typ := range service.All() {
		name := strings.TrimPrefix(typ.Type, "n8n-nodes-base.")
		t.Run(name, func(t *testing.T) {
			s, ok := sendings[name]
			if !ok {
				t.Fatal("there is no delivery of this service to try")
			}
			f := s.at(t, name, secret)
			now := f.clock.Now()
			body := stamped(s.body, now)
			refused := func(what string, w *httptest.ResponseRecorder, status int) {
				t.Helper()
				if w.Code != status || len(f.desk.launches) != 0 {
					t.Errorf("%s: %d %s, %d runs", what, w.Code, w.Body, len(f.desk.launches))
				}
			}
			if s.open {
				s.startsOnce(t, f)
				return
			}
			refused("unsigned", s.send(f, body, s.headers...), 403)
			refused("forged", s.send(f, body, append(s.sign("guessed", body, now), s.headers...)...), 403)
			refused("an empty key", s.send(f, body, append(s.sign("", body, now), s.headers...)...), 403)
			if !strings.Contains("telegramTrigger gitlabTrigger pipedriveTrigger", name) { // these show a token, and sign nothing
				refused("changed", s.send(f, body+" ", append(s.sign(secret, body, now), s.headers...)...), 403)
			}
			if s.timed {
				for _, off := range []time.Duration{-6 * time.Minute, 6 * time.Minute} {
					at := now.Add(off)
					refused("signed at another time", s.send(f, stamped(s.body, at), append(s.sign(secret, stamped(s.body, at), at), s.headers...)...), 403)
				}
			}
			other, headers := stamped(s.other, now), s.headers
			if s.header != "" {
				other, headers = body, append([]string{}, s.headers...)
				headers = append(headers, s.header, "something.else")
			}
			if !s.all {
				refused("another event", s.send(f, other, append(s.sign(secret, other, now), headers...)...), 200)
			}
			s.startsOnce(t, f)
		})
	}
}

// startsOnce sends a good delivery, replays it to the last byte, and wants one run.
func (s sending) startsOnce(t *testing.T, f *fixture) {
	t.Helper()
	now := f.clock.Now()
	body := stamped(s.body, now)
	for range 3 {
		if w := s.send(f, body, append(s.sign(secret, body, now), s.headers...)...); w.Code != 200 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	}
	if len(f.desk.launches) != 1 {
		t.Fatalf("%d runs", len(f.desk.launches))
	}
	if d := cmp.Diff(plain(t, stamped(s.want, now)), f.items(t)); d != "" {
		t.Error(d)
	}
}

// registered is the secret of a registration.
type registered string

func (r registered) Secret(context.Context, trigger.Hook) (string, error) { return string(r), nil }

// TestRegisteredSecretsProveCalls: where the platform registered the address, its
// secret proves calls, whether the credential has one or not; and a call without
// any proof, which would do where no secret is known, is refused.
func TestRegisteredSecretsProveCalls(t *testing.T) {
	const ours = "the-secret-of-the-registration"
	for _, typ := range service.All() {
		name := strings.TrimPrefix(typ.Type, "n8n-nodes-base.")
		s := sendings[name]
		if typ.Registration == nil || typ.Registration.Secret == "" {
			continue
		}
		for what, c := range map[string]struct {
			credential, key string
			status          int
		}{
			"ours": {"", ours, 200}, "ours beside the owner's": {secret, ours, 200}, "the owner's": {secret, secret, 200},
			"forged": {secret, "guessed", 403}, "forged without the owner's": {"", "guessed", 403}, "the owner's that is gone": {"", secret, 403}, "empty": {"", "", 403},
		} {
			f := s.at(t, name, c.credential)
			if name == "pipedriveTrigger" && c.key == ours {
				continue // the user is another one: see below
			}
			f.Secrets = registered(ours)
			now := f.clock.Now()
			body := stamped(s.body, now)
			w := s.send(f, body, append(s.sign(c.key, body, now), s.headers...)...)
			if runs := len(f.desk.launches); w.Code != c.status || (runs == 1) != (c.status == 200) {
				t.Errorf("%s, %s: %d %s, %d runs", name, what, w.Code, w.Body, runs)
			}
		}
		f := s.at(t, name, "")
		f.Secrets = registered(ours)
		if w := s.send(f, stamped(s.body, f.clock.Now()), s.headers...); w.Code != 403 || len(f.desk.launches) != 0 {
			t.Errorf("%s, unsigned: %d", name, w.Code)
		}
	}
	s := sendings["pipedriveTrigger"]
	f := s.at(t, "pipedriveTrigger", "")
	f.Secrets = registered(ours)
	pair := base64.StdEncoding.EncodeToString([]byte(service.BasicUser + ":" + ours))
	if w := s.send(f, s.body, "Authorization", "Basic "+pair); w.Code != 200 || len(f.desk.launches) != 1 {
		t.Errorf("Pipedrive with the platform's password: %d %s", w.Code, w.Body)
	}
}

// items are those of the only run, without the headers of the call.
func (f *fixture) items(t *testing.T) any {
	t.Helper()
	var list []any
	for _, it := range f.desk.launches[0].Start.Items {
		o := it.JSON.Shallow()
		o.Delete("headers")
		list = append(list, o)
	}
	return plain(t, string(value.JSON(list)))
}

func plain(t *testing.T, text string) (v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// Where the owner chose no secret, only the address protects; Pipedrive's password
// was asked for.
func TestServicesWithoutSecret(t *testing.T) {
	for name, s := range sendings {
		f := s.at(t, name, "")
		body := stamped(s.body, f.clock.Now())
		want := 1
		if name == "pipedriveTrigger" {
			want = 0
		}
		w := s.send(f, body, s.headers...)
		if len(f.desk.launches) != want {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
		f.Credentials = vault{} // the credential was deleted
		s.send(f, body, append(s.headers, "X-Other", "1")...)
		if len(f.desk.launches) != want {
			t.Errorf("%s: a call that could not be checked was let in", name)
		}
	}
}

func TestServicesTryTheAddress(t *testing.T) {
	f := sendings["whatsAppTrigger"].at(t, "whatsAppTrigger", secret)
	path := "/hooks/ten_a/wid/webhook?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token="
	if w := f.call("GET", path+"nid", "", nil); w.Code != 200 || w.Body.String() != "1158201444" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	for _, token := range []string{"", "other"} {
		if w := f.call("GET", path+token, "", nil); w.Code != 403 {
			t.Errorf("the token %q: %d", token, w.Code)
		}
	}

	slack := sendings["slackTrigger"]
	g := slack.at(t, "slackTrigger", secret)
	body := `{"type":"url_verification","challenge":"3eZb"}`
	if w := slack.send(g, body, slack.sign(secret, body, g.clock.Now())...); w.Code != 200 || !strings.Contains(w.Body.String(), `"challenge":"3eZb"`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := slack.send(g, body); w.Code != 403 {
		t.Errorf("unsigned: %d", w.Code)
	}

	woo := sendings["wooCommerceTrigger"]
	h := woo.at(t, "wooCommerceTrigger", secret)
	if w := h.call("POST", "/hooks/ten_a/wid/webhook", "application/x-www-form-urlencoded", []byte("webhook_id=12")); w.Code != 200 {
		t.Errorf("WooCommerce's ping: %d %s", w.Code, w.Body)
	}
	asana := sendings["asanaTrigger"].at(t, "asanaTrigger", secret)
	if w := asana.call("POST", "/hooks/ten_a/wid/webhook", "application/json", []byte("{}"), "X-Hook-Secret", "b537"); w.Code != 200 || w.Header().Get("X-Hook-Secret") != "b537" {
		t.Errorf("Asana's handshake: %d %v", w.Code, w.Header())
	}
	trello := sendings["trelloTrigger"].at(t, "trelloTrigger", secret)
	if w := trello.call("HEAD", "/hooks/ten_a/wid/webhook", "", nil); w.Code != 200 {
		t.Errorf("Trello's look: %d", w.Code)
	}
	if n := len(f.desk.launches) + len(g.desk.launches) + len(h.desk.launches) + len(asana.desk.launches) + len(trello.desk.launches); n != 0 {
		t.Errorf("%d runs", n)
	}
}

// Twilio signs forms by their sorted fields.
func TestTwilioForm(t *testing.T) {
	s := sending{node: `"typeVersion":1,"parameters":{"updates":[]}`, credential: "twilioApi.authToken", contentType: "application/x-www-form-urlencoded"}
	f := s.at(t, "twilioTrigger", secret)
	signature := base64.StdEncoding.EncodeToString(sum(sha1.New, secret, address+"Bodyhi thereFrom+1"))
	for body, want := range map[string]int{"From=%2B1&Body=hi+there": 200, "From=%2B2&Body=hi+there": 403} {
		if w := s.send(f, body, "X-Twilio-Signature", signature); w.Code != want {
			t.Errorf("%s: %d %s", body, w.Code, w.Body)
		}
	}
	if body := `{"Body":"hi there","From":"+1"}`; f.call("POST", "/hooks/ten_a/wid/webhook", "application/json", []byte(body), "X-Twilio-Signature", signature).Code != 403 {
		t.Error("a body that the signature does not cover was let in")
	}
}
