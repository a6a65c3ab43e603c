package samtemplate

import (
	"strings"
	"time"
)

// maxIntegration is the longest that an HTTP API waits for a function.
const maxIntegration = 30000 // milliseconds

// authorizerChoice is what a route says of its authorizer before the API's default
// is known.
type authorizerChoice struct {
	api        string
	authorizer string // "" is the API's default, NONE is none
	route      Route
}

// readHTTPAPI reads AWS::Serverless::HttpApi.
func readHTTPAPI(p *reader) {
	p.v = merged(p.t.global("HttpApi"), p.v)
	p.inert("AccessLogSettings", "DefaultRouteSettings", "RouteSettings", "Description", "Domain", "FailOnWarnings",
		"Name", "PropagateTags", "Tags", "DisableExecuteApiEndpoint")
	a := API{
		Source: p.source(), ID: p.identity().apiID(), Stage: p.text("StageName", "$default"),
		Authorizers: map[string]Authorizer{}, CORS: p.cors(),
	}
	if auth := p.inner("Auth"); auth != nil {
		p.t.load.defaultAuthorizer(a.ID, auth.text("DefaultAuthorizer", ""))
		auth.each("Authorizers", func(name string, entry *reader) { a.Authorizers[name] = entry.lambdaAuthorizer(name) })
		auth.done()
	}
	p.t.load.stack.HTTPAPIs = append(p.t.load.stack.HTTPAPIs, a)
}

func (p *reader) lambdaAuthorizer(name string) Authorizer {
	p.inert("FunctionInvokeRole", "EnableFunctionDefaultPermissions")
	a := Authorizer{
		Source: p.source(), Name: name, FunctionARN: p.required("FunctionArn"),
		Simple: p.flag("EnableSimpleResponses"), Payload: p.oneOf("AuthorizerPayloadFormatVersion", "1.0", "2.0"),
	}
	if id := p.inner("Identity"); id != nil {
		for prop, prefix := range map[string]string{
			"Headers": "$request.header.", "QueryStrings": "$request.querystring.", "Context": "$context.", "StageVariables": "$stageVariables.",
		} {
			for _, s := range id.texts(prop) {
				a.Identity = append(a.Identity, prefix+s)
			}
		}
		a.TTL = id.seconds("ReauthorizeEvery", 0, 0, 3600)
		id.done()
	}
	if a.Payload != "2.0" || !a.Simple {
		p.fault(nil, "only authorizers with payload format 2.0 and simple responses are supported")
	}
	return a
}

func (p *reader) cors() *CORS { return p.corsOf("CorsConfiguration") }

func (p *reader) corsOf(name string) *CORS {
	v := p.take(name)
	if v == nil || v.text == "false" {
		return nil
	}
	if v.kind != mapping {
		return &CORS{Origins: []string{"*"}}
	}
	r := p.t.reader(p.r, v, p.where+" "+name)
	defer r.done()
	return &CORS{
		Origins: r.texts("AllowOrigins"), Methods: r.texts("AllowMethods"), Headers: r.texts("AllowHeaders"),
		Expose: r.texts("ExposeHeaders"), Credentials: r.flag("AllowCredentials"), MaxAge: r.seconds("MaxAge", 0, -1, 86400),
	}
}

// httpEvent reads a function's event of type HttpApi: a route to it.
func (p *reader) httpEvent(function string) {
	p.inert("RouteSettings")
	api := p.text("ApiId", "")
	if api == "" {
		api = shortID(10, p.t.stackName, implicitAPI)
		p.t.load.implicit(p, api)
	}
	p.oneOf("PayloadFormatVersion", "2.0")
	choice := authorizerChoice{api: api, route: Route{
		Source: p.source(), FunctionARN: function, Key: "$default",
		Timeout: time.Duration(p.number("TimeoutInMillis", maxIntegration, 50, maxIntegration)) * time.Millisecond,
	}}
	path, method := p.text("Path", ""), strings.ToUpper(p.text("Method", "ANY"))
	if path != "" && path != "$default" {
		if method == "X-AMAZON-APIGATEWAY-ANY-METHOD" {
			method = "ANY"
		}
		choice.route.Key = method + " " + path
	}
	if auth := p.inner("Auth"); auth != nil {
		choice.authorizer = auth.text("Authorizer", "")
		auth.done()
	}
	p.t.load.choices = append(p.t.load.choices, choice)
}

// implicit makes the HTTP API that SAM adds if a route names none.
func (l *loader) implicit(p *reader, id string) {
	for _, a := range l.stack.HTTPAPIs {
		if a.ID == id {
			return
		}
	}
	l.stack.HTTPAPIs = append(l.stack.HTTPAPIs, API{
		Source: Source{LogicalID: implicitAPI, Stack: p.t.stackName, At: p.v.at},
		ID:     id, Stage: "$default", Authorizers: map[string]Authorizer{},
	})
}

func (l *loader) defaultAuthorizer(api, name string) {
	if l.defaults == nil {
		l.defaults = map[string]string{}
	}
	l.defaults[api] = name
}
