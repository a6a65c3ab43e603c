package form

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/automatelanka/automatelanka/internal/node/moment"
	"github.com/automatelanka/automatelanka/internal/value"
)

// ForAnswer is the last segment of the addresses in messages that ask.
const ForAnswer = "answer"

// The kinds of questions: n8n's responseType.
const (
	Approval   = "approval"
	FreeText   = "freeText"
	CustomForm = "customForm"
)

// The choices of a question; a form has Respond alone.
const (
	Approve = "approve"
	Decline = "decline"
	Respond = "respond"
)

// Question is what a message asks, and by which links it can be answered.
type Question struct {
	Kind    string   `json:"kind"`
	Choices []Choice `json:"choices"`
	Form    Form     `json:"form"` // of an approval without fields
}

// Choice is one link of the message.
type Choice struct {
	Name  string `json:"name"`
	Label string `json:"label"`
}

// questionKey is the member of a node run's state that holds its question.
const questionKey = "question"

// State is the question as a node run's state.
func (q Question) State() (*value.Object, error) {
	b, err := json.Marshal(q)
	if err != nil {
		return nil, err
	}
	o, err := value.ParseObject(b)
	if err != nil {
		return nil, err
	}
	return value.Obj(questionKey, o), nil
}

// QuestionOf reads the question of a node run's state; false if there is none.
func QuestionOf(state *value.Object) (Question, bool) {
	v, _ := state.Get(questionKey)
	o, ok := v.(*value.Object)
	if !ok {
		return Question{}, false
	}
	var q Question
	return q, json.Unmarshal(value.JSON(o), &q) == nil && len(q.Choices) > 0
}

// AnswerToken is the token of one choice of one node run. It is derived from the
// execution's resume token: it opens nothing else, neither the other choice nor the
// question of another run of the node.
func AnswerToken(resume, node string, run int, choice string) string {
	return Token(resume, ForAnswer+"\x00"+node+"\x00"+strconv.Itoa(run)+"\x00"+choice)
}

// AnswerURL is the address of a choice, made of the execution's resume URL.
func AnswerURL(resumeURL, node string, run int, choice string) string {
	at := strings.LastIndexByte(resumeURL, '/')
	if at < 0 {
		return ""
	}
	return resumeURL[:at+1] + AnswerToken(resumeURL[at+1:], node, run, choice) + "/" + ForAnswer
}

// Page is the form that a choice shows: an approval asks for nothing but to be sent.
func (q *Question) Page(c Choice) *Form {
	f := q.Form
	if q.Kind == Approval {
		f.Button = c.Label
	}
	return &f
}

// Answer is the JSON that an answer becomes, as n8n's.
func (q *Question) Answer(c Choice, a Answers, at time.Time) *value.Object {
	data := value.NewObject(4)
	switch q.Kind {
	case Approval:
		data.Set("approved", c.Name == Approve)
	case FreeText:
		text := ""
		if v := a.Values[ID(0)]; len(v) > 0 {
			text = v[0]
		}
		data.Set("text", text)
	default:
		for k, v := range q.Form.Item(a, at).All() {
			if k != "submittedAt" && k != "formMode" {
				data.Set(k, v)
			}
		}
	}
	data.Set("respondedAt", moment.JS(at))
	return value.Obj("data", data)
}
