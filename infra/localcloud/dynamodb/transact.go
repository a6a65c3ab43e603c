package dynamodb

import (
	"errors"
	"strconv"

	"github.com/automatelanka/automatelanka/infra/localcloud/dynamodb/attr"
	"github.com/automatelanka/automatelanka/infra/localcloud/dynamodb/wirejson"
	"github.com/automatelanka/automatelanka/infra/localcloud/wire"
)

// Limits of transactions.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
const (
	maxTransactItems = 100
	maxTransactBytes = 4 << 20
	maxTokenLength   = 36
)

// actionParams are the parameters of a transaction's actions, by name.
var actionParams = map[string]params{
	"Put": paramsTxPut, "Update": paramsTxUpdate, "Delete": paramsTxCheck, "ConditionCheck": paramsTxCheck, "Get": paramsTxGet,
}

// txAction is one action of a transaction.
type txAction struct {
	request
	kind string // Put, Update, Delete, ConditionCheck or Get
	t    *table
	key  []byte // the item's, in the store
	m    mutation
	// reason is why the action cancels the transaction; nil if it does not.
	reason *failure
}

// transaction are the parameters of TransactWriteItems and TransactGetItems.
type transaction struct {
	request
	actions []*txAction
	given   bool
	token   text
}

// parse reads a transaction; kinds are its possible actions, each followed by a space.
func (tx *transaction) parse(body []byte, kinds, allowed params) error {
	r := wirejson.NewReader(body)
	if !r.Object() {
		return r.Err()
	}
	var name string
	for first := true; r.NextKey(&name, &first); {
		switch {
		case r.Null():
		case name == "TransactItems":
			tx.given = true
			r.Array()
			for first := true; r.NextItem(&first); {
				tx.actions = append(tx.actions, readAction(r, kinds))
			}
		case name == "ClientRequestToken" && allowed.has(name):
			tx.token = text{r.String(), true}
		case allowed.has(name):
			tx.member(r, name)
		default:
			r.Fail(wire.Unsupported("the DynamoDB parameter " + name))
		}
	}
	r.End()
	switch {
	case r.Err() != nil:
		return r.Err()
	case !tx.given:
		return missing("transactItems")
	case len(tx.actions) == 0:
		return invalidValue("[]", "transactItems", "Member must have length greater than or equal to 1")
	case len(tx.actions) > maxTransactItems:
		return invalidValue("["+strconv.Itoa(len(tx.actions))+" items]", "transactItems", "Member must have length less than or equal to 100")
	case len(tx.token.value) > maxTokenLength:
		return invalidValue(tx.token.value, "clientRequestToken", "Member must have length less than or equal to 36")
	}
	return tx.checkEnums()
}

func readAction(r *wirejson.Reader, kinds params) *txAction {
	a := &txAction{}
	r.Object()
	var kind string
	for first := true; r.NextKey(&kind, &first); {
		switch {
		case r.Null():
		case !kinds.has(kind):
			r.Fail(wire.Unsupported("the DynamoDB parameter TransactItems." + kind))
		case a.kind != "":
			r.Fail(invalid("TransactItems can only contain one of Check, Put, Update or Delete"))
		default:
			a.kind = kind
			a.read(r, actionParams[kind])
		}
	}
	if a.kind == "" {
		r.Fail(invalid("Invalid Request: TransactWriteRequest should contain Delete or Put or Update request"))
	}
	return a
}

// prepare compiles all actions and finds their tables. What is wrong with an
// expression fails the request; what is wrong with an item cancels the transaction.
func (tx *transaction) prepare(s *Service) error {
	for i, a := range tx.actions {
		at := "transactItems." + strconv.Itoa(i+1) + ".member." + lowerFirst(a.kind) + "."
		switch {
		case !a.table.given:
			return missing(at + "tableName")
		case (a.kind == "Put") != a.itemGiven:
			return missing(at + "item")
		case (a.kind == "Put") == a.keyGiven:
			return missing(at + "key")
		case a.kind == "ConditionCheck" && !a.condition.given:
			return missing(at + "conditionExpression")
		case a.kind == "Update" && !a.update.given:
			return missing(at + "updateExpression")
		}
		if err := a.checkEnums(); err != nil {
			return err
		}
		if err := s.compile(&a.request); err != nil {
			return err
		}
	}
	for _, a := range tx.actions {
		var err error
		if a.t, err = s.table(a.table.value); err != nil {
			return err
		}
	}
	return tx.checkActions()
}

func lowerFirst(s string) string { return string(s[0]|0x20) + s[1:] }

// checkActions checks the items and keys; the first that is refused cancels the transaction.
func (tx *transaction) checkActions() error {
	var keys [][]byte
	for _, a := range tx.actions {
		var err error
		if a.kind == "Put" {
			err = a.t.checkItem(a.item)
		} else if err = a.t.checkKey(a.keyed()); err == nil {
			err = a.t.checkUpdate(&a.request)
		}
		if err != nil {
			a.reason = validationReason(err)
			return tx.cancelled()
		}
		a.key = a.t.itemKey(a.keyed())
		keys = append(keys, a.key)
	}
	if hasDuplicates(keys) {
		return invalid("Transaction request cannot include multiple operations on one item")
	}
	return nil
}

// keyed returns the attributes that have the action's key.
func (a *txAction) keyed() attr.Item {
	if a.kind == "Put" {
		return a.item
	}
	return a.request.key
}

func (tx *transaction) keys() [][]byte {
	out := make([][]byte, len(tx.actions))
	for i, a := range tx.actions {
		out[i] = a.key
	}
	return out
}

// The codes of cancellation reasons.
const (
	reasonNone       = "None"
	reasonCondition  = "ConditionalCheckFailed"
	reasonValidation = "ValidationError"
	reasonThrottled  = "ThrottlingError"
)

func validationReason(err error) *failure {
	return &failure{kind: reasonValidation, message: asFailure(err).message}
}

// cancelled is the error of a transaction of which at least one action has a reason.
func (tx *transaction) cancelled() error {
	message := []byte("Transaction cancelled, please refer cancellation reasons for specific reasons [")
	more := []byte(`,"CancellationReasons":[`)
	for i, a := range tx.actions {
		if i > 0 {
			message, more = append(message, ", "...), append(more, ',')
		}
		if a.reason == nil {
			message, more = append(message, reasonNone...), append(more, `{"Code":"None"}`...)
			continue
		}
		message = append(message, a.reason.kind...)
		more = append(append(more, `{"Code":"`...), a.reason.kind...)
		more = wirejson.AppendString(append(more, `","Message":`...), a.reason.message)
		more = append(append(more, a.reason.more...), '}')
	}
	return &failure{kind: kindCanceled, message: string(append(message, ']')), more: append(more, ']')}
}

// evaluate reads the action's item, tests its condition and makes the new item.
// A cancellation is noted in the action; only the store's errors are returned.
func (a *txAction) evaluate(s *Service) error {
	var err error
	if a.m, err = s.read(a.t, a.key); err != nil {
		return err
	}
	if !a.passes(a.m.old) {
		a.reason = &failure{kind: reasonCondition, message: errCondition.message}
		if a.onFailure.value == returnAllOld && a.m.stored != nil {
			a.reason.more = attr.AppendStoredJSON([]byte(`,"Item":`), a.m.stored)
		}
		return nil
	}
	switch a.kind {
	case "Put":
		a.m.item = a.item
	case "ConditionCheck":
		a.m.item = a.m.old
	case "Update":
		a.m.item, err = a.t.update(&a.request, a.m.old)
	}
	var f *failure
	var v attr.Invalid
	if errors.As(err, &f) || errors.As(err, &v) {
		a.reason, err = validationReason(err), nil
	}
	return err
}
