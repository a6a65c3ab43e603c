package search

import (
	"math/bits"
	"strings"
	"unicode"

	"github.com/automatelanka/automatelanka/internal/search/lexical"
)

// The words that spelling looks at.
const (
	minSpelt = 4 // letters; shorter words are as often names as errors
	maxSpelt = 24
)

// Speller mends typing errors in queries before they are embedded: the model
// breaks an unknown word into pieces that mean something else. It knows the
// words of the templates and of the model's vocabulary. What it takes for an
// error may be a word that it does not know, so the query's vector is a blend of
// the text as written and as mended (Ask).
type Speller struct {
	rank map[string]int // lower is likelier
	// byLength holds the words that may be meant.
	byLength [maxSpelt + 3][]spelling
}

type spelling struct {
	word    string
	letters uint32
	rank    int
}

// NewSpeller makes a speller of the words in the documents (their own names and
// terms, preferred) and of a vocabulary in the order of frequency; words that do
// not begin with a letter (the pieces of a model) are left out.
func NewSpeller(documents []Document, vocabulary []string) *Speller {
	s := &Speller{rank: make(map[string]int, len(vocabulary))}
	for i := range documents {
		for _, text := range documents[i].fields() {
			for word := range lexical.Surfaces(text) {
				s.add(word, 0)
			}
		}
	}
	for _, word := range jargon {
		s.add(word, 1)
	}
	for i, word := range vocabulary {
		s.add(word, i+2)
	}
	return s
}

func (s *Speller) add(word string, rank int) {
	if _, known := s.rank[word]; known || !plain(word) {
		return
	}
	s.rank[word] = rank
	if len(word) >= minSpelt && len(word) < len(s.byLength) {
		s.byLength[len(word)] = append(s.byLength[len(word)], spelling{word, lexical.Letters(word), rank})
	}
}

// plain reports whether word is made of the letters a to z alone.
func plain(word string) bool {
	return word != "" && !strings.ContainsFunc(word, func(r rune) bool { return r < 'a' || r > 'z' })
}

// Mend returns text with the words put right that can only be typing errors, and
// whether there were any. It looks at the first maxQueryWords words: the model
// hardly reads more, and each takes a look at the whole vocabulary.
func (s *Speller) Mend(text string) (string, bool) {
	var out strings.Builder
	mended := false
	for words := 0; text != "" && words < maxQueryWords; words++ {
		end := strings.IndexFunc(text, unicode.IsLetter)
		if end < 0 {
			end = len(text)
		}
		out.WriteString(text[:end])
		text = text[end:]
		end = strings.IndexFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) })
		if end < 0 {
			end = len(text)
		}
		word := text[:end]
		if right, ok := s.correct(strings.ToLower(word)); ok {
			word, mended = right, true
		}
		out.WriteString(word)
		text = text[end:]
	}
	out.WriteString(text)
	return out.String(), mended
}

// correct returns the word that was meant, if word is not one.
func (s *Speller) correct(word string) (string, bool) {
	if len(word) < minSpelt || len(word) > maxSpelt || !plain(word) || s.knows(word) {
		return "", false
	}
	limit := lexical.Tolerance(word)
	best, bestDistance, set := spelling{}, limit+1, lexical.Letters(word)
	for n := max(len(word)-limit, minSpelt); n <= len(word)+limit; n++ {
		for _, c := range s.byLength[n] {
			if bits.OnesCount32(set^c.letters) > 2*bestDistance {
				continue
			}
			d := lexical.Distance(word, c.word, bestDistance)
			if d < bestDistance || d == bestDistance && d <= limit && likelier(word, c, best) {
				best, bestDistance = c, d
			}
		}
	}
	return best.word, bestDistance <= limit
}

// likelier decides between two words at the same distance: the same first letter,
// which is rarely mistyped, then the more usual word.
func likelier(word string, a, b spelling) bool {
	if x, y := a.word[0] == word[0], b.word[0] == word[0]; x != y {
		return x
	}
	return a.rank < b.rank
}

// endings are those of regular forms.
var endings = []string{"", "s", "d", "e", "es", "ed", "r", "er", "rs", "ers", "ing", "ly"}

// knows reports whether word is one, or a regular form of one.
func (s *Speller) knows(word string) bool {
	for _, off := range endings {
		root, ok := strings.CutSuffix(word, off)
		if !ok || len(root) < 3 {
			continue
		}
		for _, on := range endings {
			if _, known := s.rank[root+on]; known {
				return true
			}
		}
	}
	return false
}

// jargon are words that a general vocabulary lacks: those of the trade, and short
// forms as they are typed without their apostrophe.
var jargon = strings.Fields(`airtable analytics apologise arent api apis async auth autopilot autoresponder backlog backup backups billing
	bitcoin boilerplate bookkeeping cant callback callbacks cashflow changelog chatbot chatbots checkout chargeback churn clickstream
	copywriting coupon coupons cron crypto crm csv dashboard dashboards dataset dedupe deduplicate dev devops didnt discord doesnt dont
	downtime dropbox dropship dropshipping ecommerce email emails embeddings enquiry enquiries enrich enroll erp escalate excel
	fallback faq feedback figma followup freelancer freelancers fulfillment geocode hasnt havent github gitlab gmail gpt hashtag hashtags helpdesk
	homepage hubspot inbox influencer isnt invoice invoices invoicing jira json kanban kpi kpis leaderboard linkedin llm login logins
	mailchimp metadata microservice middleware monitoring newsletter newsletters notion notification notifications nps oauth ocr
	offboarding okr organise okrs onboard onboarding openai outage overdue parse parser parsing payout payouts payroll paypal pdf pdfs
	pinterest pipeline pipelines podcast podcasts postgres prospect prospects qualify realtime rebook reconcile recruiter refund
	refunds reminder reminders repo repurpose reschedule resume retry retries roadmap rss saas scrape scraper scraping screenshot
	screenshots sentiment seo shopify shopper shoppers shortlist signup signups slack sms snippet spreadsheet spreadsheets sql
	standup stripe subreddit subscriber subscribers summarise summarize sync syncing tasklist teammate telegram template
	templates testimonial testimonials tiktok timesheet timesheets timezone timezones todo todos toxic transcribe transcript
	trello triage tweet tweets twilio twitter typeform unsubscribe upvote upload uploads upsell uptime url urls vendor vendors voicemail voucher
	webhook webhooks webinar webinars webpage webshop website websites wasnt whatsapp wishlist wont woocommerce wordpress workflow
	workflows xero youtube zapier zendesk zoom`)
