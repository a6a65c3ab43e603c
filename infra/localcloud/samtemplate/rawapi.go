package samtemplate

import (
	"strings"
	"time"
)

// rawParts are the pieces of APIs that are written out as AWS::ApiGatewayV2
// resources; link puts them together.
type rawParts struct {
	routes       []rawRoute
	integrations map[string]rawIntegration
	authorizers  map[string]rawAuthorizer
	stages       map[string]string // by API
}

type rawRoute struct {
	api, target, authorizer string
	route                   Route
}

type rawIntegration struct {
	api, function string
	timeout       time.Duration
}

type rawAuthorizer struct {
	api        string
	authorizer Authorizer
}

func (l *loader) parts() *rawParts {
	if l.raw == nil {
		l.raw = &rawParts{
			integrations: map[string]rawIntegration{}, authorizers: map[string]rawAuthorizer{}, stages: map[string]string{},
		}
	}
	return l.raw
}

func readRawAPI(p *reader) {
	p.inert("Name", "Description", "Tags", "DisableExecuteApiEndpoint", "DisableSchemaValidation", "FailOnWarnings", "IpAddressType")
	a := API{
		Source: p.source(), ID: p.identity().apiID(), Stage: "$default", Authorizers: map[string]Authorizer{},
		CORS: p.cors(), RouteSelection: p.text("RouteSelectionExpression", ""),
	}
	if p.oneOf("ProtocolType", "", "HTTP", "WEBSOCKET") == "WEBSOCKET" {
		if a.RouteSelection == "" {
			p.fault(nil, "RouteSelectionExpression is missing")
		}
		p.t.load.stack.WebSocketAPIs = append(p.t.load.stack.WebSocketAPIs, a)
		return
	}
	p.t.load.stack.HTTPAPIs = append(p.t.load.stack.HTTPAPIs, a)
}

func readRawStage(p *reader) {
	p.inert("AccessLogSettings", "AutoDeploy", "DefaultRouteSettings", "RouteSettings", "DeploymentId", "Description", "Tags")
	p.t.load.parts().stages[p.required("ApiId")] = p.required("StageName")
}

func readRawRoute(p *reader) {
	p.inert("OperationName", "RouteResponseSelectionExpression")
	r := rawRoute{
		api: p.required("ApiId"), authorizer: p.text("AuthorizerId", ""),
		target: strings.TrimPrefix(p.required("Target"), "integrations/"),
		route:  Route{Source: p.source(), Key: p.required("RouteKey")},
	}
	p.oneOf("AuthorizationType", "NONE", "CUSTOM")
	if p.flag("ApiKeyRequired") {
		p.fault(nil, "API keys of API Gateway are not supported by the local cloud")
	}
	p.t.load.parts().routes = append(p.t.load.parts().routes, r)
}

func readRawIntegration(p *reader) {
	p.inert("Description", "IntegrationMethod", "ConnectionType", "ContentHandlingStrategy", "CredentialsArn", "PassthroughBehavior")
	p.oneOf("IntegrationType", "AWS_PROXY")
	p.text("PayloadFormatVersion", "")
	p.t.load.parts().integrations[p.identity().apiID()] = rawIntegration{
		api: p.required("ApiId"), function: functionOf(p.required("IntegrationUri")),
		timeout: time.Duration(p.number("TimeoutInMillis", maxIntegration, 50, maxIntegration)) * time.Millisecond,
	}
}

func readRawAuthorizer(p *reader) {
	p.inert("AuthorizerCredentialsArn")
	p.oneOf("AuthorizerType", "REQUEST")
	api := p.required("ApiId")
	a := Authorizer{
		Source: p.source(), Name: p.required("Name"), FunctionARN: functionOf(p.required("AuthorizerUri")),
		Identity: p.texts("IdentitySource"), TTL: p.seconds("AuthorizerResultTtlInSeconds", 300, 0, 3600),
		Simple: p.flag("EnableSimpleResponses"), Payload: p.text("AuthorizerPayloadFormatVersion", "1.0"),
	}
	if a.Payload != "2.0" || !a.Simple {
		p.fault(nil, "only authorizers with payload format 2.0 and simple responses are supported")
	}
	p.t.load.parts().authorizers[p.identity().apiID()] = rawAuthorizer{api: api, authorizer: a}
}

// functionOf takes the function's ARN out of an integration's address, which is
// that ARN or "arn:…:lambda:path/2015-03-31/functions/ARN/invocations".
func functionOf(uri string) string {
	if _, rest, ok := strings.Cut(uri, "/functions/"); ok {
		return strings.TrimSuffix(rest, "/invocations")
	}
	return uri
}

// service is the service in an ARN, "" if it is none.
func service(arn string) string {
	parts := strings.SplitN(arn, ":", 4)
	if len(parts) < 4 || parts[0] != "arn" {
		return ""
	}
	return parts[2]
}

// functionRef reads a property that names a function by name or ARN.
func (p *reader) functionRef(name string) string {
	s := p.required(name)
	if service(s) == "lambda" {
		return s
	}
	return p.identity().arn("lambda", "function:"+s)
}
