package dynamodb

import (
	"errors"
	"net/http"

	"github.com/automatelanka/automatelanka/infra/localcloud/dynamodb/attr"
	"github.com/automatelanka/automatelanka/infra/localcloud/dynamodb/wirejson"
	"github.com/automatelanka/automatelanka/infra/localcloud/wire"
)

// failure is an exception of the service. more is appended to the body, and
// begins with a comma if there is any.
type failure struct {
	kind    string
	message string
	more    []byte
}

func (f *failure) Error() string { return f.kind + ": " + f.message }

// The exceptions' names.
const (
	kindValidation    = "ValidationException"
	kindSerialization = "SerializationException"
	kindCondition     = "ConditionalCheckFailedException"
	kindCanceled      = "TransactionCanceledException"
	kindMismatch      = "IdempotentParameterMismatchException"
	kindNotFound      = "ResourceNotFoundException"
	kindInUse         = "ResourceInUseException"
	kindExpired       = "ExpiredIteratorException"
	kindTrimmed       = "TrimmedDataAccessException"
	kindUnknown       = "UnknownOperationException"
	kindThrottled     = "ThrottlingException"
	kindInternal      = "InternalServerError"
)

// shapes are the prefixes of the exceptions' names in __type; others have the model's.
var shapes = map[string]string{
	kindValidation:    "com.amazon.coral.validate#",
	kindSerialization: "com.amazon.coral.service#",
	kindUnknown:       "com.amazon.coral.service#",
}

const modelShape = "com.amazonaws.dynamodb.v20120810#"

// errTooLarge is the error of a request that DynamoDB's front end would not take.
var errTooLarge = &wire.Error{Status: http.StatusRequestEntityTooLarge, Type: "RequestEntityTooLargeException", Message: "The request is larger than 16 MB"}

func invalid(message string) error { return &failure{kind: kindValidation, message: message} }

// invalidValue is the error of a parameter that is outside what the model allows.
func invalidValue(value, member, rule string) error {
	return invalid("1 validation error detected: Value '" + value + "' at '" + member + "' failed to satisfy constraint: " + rule)
}

// missing is the error of a member that must be given.
func missing(member string) error {
	return invalid("1 validation error detected: Value null at '" + member + "' failed to satisfy constraint: Member must not be null")
}

func unknownOperation(name string) error {
	if !unsupportedOperations.has(name) {
		return &failure{kind: kindUnknown, message: "An unknown operation was requested."}
	}
	return wire.Unsupported("the DynamoDB operation " + name)
}

// notFound is the error of a table that does not exist: operations on items do not name it.
var notFound = &failure{kind: kindNotFound, message: "Requested resource not found"}

var errCondition = &failure{kind: kindCondition, message: "The conditional request failed"}

// asFailure makes a failure of any error that an operation may return.
func asFailure(err error) *failure {
	var f *failure
	var v attr.Invalid
	switch {
	case errors.As(err, &f):
		return f
	case errors.As(err, &v):
		return &failure{kind: kindValidation, message: string(v)}
	case errors.Is(err, wirejson.ErrSyntax):
		return &failure{kind: kindSerialization, message: "The request is not the JSON that the operation expects"}
	}
	return &failure{kind: kindInternal, message: err.Error()}
}

// appendFailure appends the body of an error and returns its status.
func appendFailure(out []byte, err error) (int, []byte) {
	var unsupported *wire.Error
	if errors.As(err, &unsupported) {
		return unsupported.Status, appendError(out, unsupported.Type, unsupported.Message, nil)
	}
	f := asFailure(err)
	shape, ok := shapes[f.kind]
	if !ok {
		shape = modelShape
	}
	status := http.StatusBadRequest
	if f.kind == kindInternal {
		status = http.StatusInternalServerError
	}
	return status, appendError(out, shape+f.kind, f.message, f.more)
}

func appendError(out []byte, kind, message string, more []byte) []byte {
	out = append(out[:0], `{"__type":`...)
	out = wirejson.AppendString(out, kind)
	out = append(out, `,"message":`...)
	out = wirejson.AppendString(out, message)
	out = append(out, more...)
	return append(out, '}')
}
