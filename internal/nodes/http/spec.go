package http

import (
	"maps"

	"github.com/automatelanka/automatelanka/internal/node"
)

var generic = []string{
	"httpBasicAuth", "httpBearerAuth", "httpCustomAuth", "httpDigestAuth", "httpHeaderAuth", "httpQueryAuth", "oAuth1Api", "oAuth2Api",
}

func old(show map[string][]any) map[string][]any { return since(show, 1.0, 2.0) }
func newer(show map[string][]any) map[string][]any {
	return since(show, 3.0, 4.0, 4.1, 4.2, 4.3, 4.4, 4.5)
}

// since adds the versions for which a parameter is shown.
func since(show map[string][]any, versions ...any) map[string][]any {
	out := map[string][]any{"@version": versions}
	maps.Copy(out, show)
	return out
}

func options(values ...string) []node.Option {
	list := make([]node.Option, len(values))
	for i, v := range values {
		list[i] = node.Option{Value: v, Name: v}
	}
	return list
}

var methods = options("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")

// list is a fixed collection of named values under the given key.
func list(name, key, description string, show map[string][]any) node.Param {
	return node.Param{
		Name: name, Type: "fixedCollection", Description: description, Show: show,
		Fields: []node.Param{{Name: key, Type: "collection", Fields: []node.Param{
			{Name: "name", Type: "string"}, {Name: "value", Type: "string"},
			{Name: "parameterType", Type: "options", Options: options("formData", "formBinaryData")},
			{Name: "inputDataFieldName", Type: "string"},
		}}},
	}
}

// paramsV3 are the parameters of versions 3 and 4.
func paramsV3() []node.Param {
	when := func(name string, values ...any) map[string][]any { return newer(map[string][]any{name: values}) }
	return []node.Param{
		{Name: "method", Type: "options", Default: "GET", Options: methods, Show: newer(nil)},
		{Name: "url", Type: "string", Required: true, Default: "", Description: "The URL to make the request to"},
		{Name: "authentication", Type: "options", Default: "none", Options: options(
			"none", "predefinedCredentialType", "genericCredentialType", "basicAuth", "digestAuth", "headerAuth", "oAuth2", "queryAuth")},
		{Name: "nodeCredentialType", Type: "string", Default: "", Description: "Any credential type that goes into HTTP requests",
			Show: map[string][]any{"authentication": {"predefinedCredentialType"}}},
		{Name: "genericAuthType", Type: "options", Default: "", Options: options(generic...), Show: map[string][]any{"authentication": {"genericCredentialType"}}},
		{Name: "sendQuery", Type: "boolean", Default: false, Show: newer(nil)},
		{Name: "specifyQuery", Type: "options", Default: "keypair", Options: options("keypair", "json"), Show: when("sendQuery", true)},
		list("queryParameters", "parameters", "Query parameters", when("specifyQuery", "keypair")),
		{Name: "jsonQuery", Type: "json", Default: "", Show: when("specifyQuery", "json")},
		{Name: "sendHeaders", Type: "boolean", Default: false, Show: newer(nil)},
		{Name: "specifyHeaders", Type: "options", Default: "keypair", Options: options("keypair", "json"), Show: when("sendHeaders", true)},
		list("headerParameters", "parameters", "Headers", when("specifyHeaders", "keypair")),
		{Name: "jsonHeaders", Type: "json", Default: "", Show: when("specifyHeaders", "json")},
		{Name: "sendBody", Type: "boolean", Default: false, Show: newer(nil)},
		{Name: "contentType", Type: "options", Default: "json", Show: when("sendBody", true),
			Options: options("form-urlencoded", "multipart-form-data", "json", "binaryData", "raw")},
		{Name: "specifyBody", Type: "options", Default: "keypair", Options: options("keypair", "json", "string"), Show: when("sendBody", true)},
		list("bodyParameters", "parameters", "Body fields", when("sendBody", true)),
		{Name: "jsonBody", Type: "json", Default: "", Show: when("specifyBody", "json")},
		{Name: "body", Type: "string", Default: "", Show: when("sendBody", true)},
		{Name: "inputDataFieldName", Type: "string", Default: "data", Show: when("contentType", "binaryData")},
		{Name: "rawContentType", Type: "string", Default: "", Show: when("contentType", "raw")},
		{Name: "options", Type: "collection", Default: map[string]any{}, Fields: optionsV3(), Show: newer(nil)},
	}
}

func optionsV3() []node.Param {
	group := func(name, inner string, fields ...node.Param) node.Param {
		return node.Param{Name: name, Type: "fixedCollection", Fields: []node.Param{{Name: inner, Type: "collection", Fields: fields}}}
	}
	return []node.Param{
		group("batching", "batch", node.Param{Name: "batchSize", Type: "number", Default: 50.0}, node.Param{Name: "batchInterval", Type: "number", Default: 1000.0}),
		{Name: "allowUnauthorizedCerts", Type: "boolean", Default: false},
		{Name: "queryParameterArrays", Type: "options", Default: "brackets", Options: options("indices", "brackets", "repeat")},
		{Name: "lowercaseHeaders", Type: "boolean", Default: true},
		group("redirect", "redirect", node.Param{Name: "followRedirects", Type: "boolean", Default: false}, node.Param{Name: "maxRedirects", Type: "number", Default: 21.0}),
		group("response", "response",
			node.Param{Name: "fullResponse", Type: "boolean", Default: false}, node.Param{Name: "neverError", Type: "boolean", Default: false},
			node.Param{Name: "responseFormat", Type: "options", Default: "autodetect", Options: options("autodetect", "file", "json", "text")},
			node.Param{Name: "outputPropertyName", Type: "string", Default: "data"}),
		group("pagination", "pagination",
			node.Param{Name: "paginationMode", Type: "options", Default: "updateAParameterInEachRequest", Options: options("off", "updateAParameterInEachRequest", "responseContainsNextURL")},
			node.Param{Name: "nextURL", Type: "string"}, node.Param{Name: "parameters", Type: "fixedCollection"},
			node.Param{Name: "paginationCompleteWhen", Type: "options", Default: "responseIsEmpty", Options: options("responseIsEmpty", "receiveSpecificStatusCodes", "other")},
			node.Param{Name: "statusCodesWhenComplete", Type: "string"}, node.Param{Name: "completeExpression", Type: "string"},
			node.Param{Name: "limitPagesFetched", Type: "boolean"}, node.Param{Name: "maxRequests", Type: "number", Default: 100.0},
			node.Param{Name: "requestInterval", Type: "number", Default: 0.0}),
		{Name: "timeout", Type: "number", Default: 10000.0, Description: "Milliseconds, 270,000 at most"},
		{Name: "idempotency", Type: "options", Default: "", Options: options("", "honoured", "off"),
			Description: "Whether the service honours the Idempotency-Key header, or the header is not to be sent"},
	}
}

// paramsV1 are the parameters of versions 1 and 2.
func paramsV1() []node.Param {
	json := map[string][]any{"jsonParameters": {true}}
	return []node.Param{
		{Name: "requestMethod", Type: "options", Default: "GET", Options: methods, Show: old(nil)},
		{Name: "allowUnauthorizedCerts", Type: "boolean", Default: false, Show: old(nil)},
		{Name: "responseFormat", Type: "options", Default: "json", Options: options("file", "json", "string"), Show: old(nil)},
		{Name: "dataPropertyName", Type: "string", Default: "data", Show: old(nil)},
		{Name: "jsonParameters", Type: "boolean", Default: false, Show: old(nil)},
		{Name: "sendBinaryData", Type: "boolean", Default: false, Show: old(json)},
		{Name: "binaryPropertyName", Type: "string", Default: "data", Show: old(json)},
		{Name: "bodyParametersJson", Type: "json", Default: "", Show: old(json)},
		{Name: "headerParametersJson", Type: "json", Default: "", Show: old(json)},
		{Name: "queryParametersJson", Type: "json", Default: "", Show: old(json)},
		list("bodyParametersUi", "parameter", "Body fields", old(nil)),
		list("headerParametersUi", "parameter", "Headers", old(nil)),
		list("queryParametersUi", "parameter", "Query parameters", old(nil)),
		{Name: "options", Type: "collection", Default: map[string]any{}, Show: old(nil), Fields: []node.Param{
			{Name: "batchInterval", Type: "number", Default: 1000.0}, {Name: "batchSize", Type: "number", Default: 50.0},
			{Name: "bodyContentType", Type: "options", Default: "json", Options: options("json", "raw", "multipart-form-data", "form-urlencoded")},
			{Name: "fullResponse", Type: "boolean", Default: false}, {Name: "followAllRedirects", Type: "boolean", Default: false},
			{Name: "followRedirect", Type: "boolean", Default: true}, {Name: "ignoreResponseCode", Type: "boolean", Default: false},
			{Name: "bodyContentCustomMimeType", Type: "string", Default: ""}, {Name: "splitIntoItems", Type: "boolean", Default: false},
			{Name: "timeout", Type: "number", Default: 10000.0}, {Name: "useQueryString", Type: "boolean", Default: false},
		}},
	}
}
