package samtemplate

import "maps"

// streamLabel ends the ARN of every table stream. AWS takes the time at which the
// stream was enabled; a fixed one keeps the ARN over restarts.
const streamLabel = "2026-01-01T00:00:00.000"

type namer func(identity) string

// resourceKind says how resources of a type are named, what Ref and Fn::GetAtt
// give of them, and how they are read. A kind without read means nothing on one
// machine: it exists, can be referred to, and does nothing.
type resourceKind struct {
	nameProperty string
	ref          namer
	attributes   map[string]namer
	read         func(*reader)
}

// stackTypes are nested templates; they are read before all else.
var stackTypes = []string{"AWS::Serverless::Application", "AWS::CloudFormation::Stack"}

// allKinds lists every type that a template may have.
func allKinds() map[string]resourceKind {
	all := map[string]resourceKind{}
	for _, group := range []map[string]resourceKind{computeKinds(), dataKinds(), edgeKinds(), inertKinds()} {
		maps.Copy(all, group)
	}
	return all
}

func computeKinds() map[string]resourceKind {
	function := map[string]namer{"Arn": identity.functionARN}
	machine := map[string]namer{"Arn": identity.machineARN, "Name": identity.name}
	return map[string]resourceKind{
		"AWS::Serverless::Function":     {nameProperty: "FunctionName", ref: identity.name, attributes: function, read: readFunction},
		"AWS::Serverless::StateMachine": {nameProperty: "Name", ref: identity.machineARN, attributes: machine, read: readStateMachine},
		"AWS::Serverless::LayerVersion": {nameProperty: "LayerName", ref: identity.layerARN, read: readLayer},
		"AWS::Serverless::Application":  {ref: stackRef, read: readNestedStack},
		"AWS::CloudFormation::Stack":    {ref: stackRef, read: readNestedStack},
		"AWS::Lambda::Url": {
			ref: identity.targetFunction, read: readURL,
			attributes: map[string]namer{"FunctionUrl": identity.functionURL, "FunctionArn": identity.targetFunction},
		},
		"AWS::Lambda::EventSourceMapping": {
			ref: identity.uuid, attributes: map[string]namer{"Id": identity.uuid}, read: readEventSourceMapping,
		},
	}
}

func stackRef(i identity) string { return stackARN(i.opts, i.t.stackName+"-"+i.r.id) }

func dataKinds() map[string]resourceKind {
	return map[string]resourceKind{
		"AWS::DynamoDB::Table": {nameProperty: "TableName", ref: identity.name, read: readTable, attributes: map[string]namer{
			"Arn": identity.tableARN, "StreamArn": identity.streamARN,
		}},
		"AWS::SQS::Queue": {nameProperty: "QueueName", ref: identity.queueURL, read: readQueue, attributes: map[string]namer{
			"Arn": identity.queueARN, "QueueName": identity.name, "QueueUrl": identity.queueURL,
		}},
		"AWS::S3::Bucket": {nameProperty: "BucketName", ref: identity.name, read: readBucket, attributes: map[string]namer{
			"Arn":                identity.bucketARN,
			"DomainName":         func(i identity) string { return i.name() + ".s3." + urlSuffix },
			"RegionalDomainName": func(i identity) string { return i.name() + ".s3." + i.opts.Region + "." + urlSuffix },
		}},
		"AWS::KMS::Key": {ref: identity.uuid, read: readKey, attributes: map[string]namer{
			"Arn": identity.keyARN, "KeyId": identity.uuid,
		}},
		"AWS::KMS::Alias": {nameProperty: "AliasName", ref: identity.name, read: readAlias},
		"AWS::SecretsManager::Secret": {nameProperty: "Name", ref: identity.secretARN, read: readSecret, attributes: map[string]namer{
			"Id": identity.secretARN,
		}},
		"AWS::CloudWatch::Dashboard": {nameProperty: "DashboardName", ref: identity.name, read: readDashboard},
		"AWS::SSM::Parameter": {nameProperty: "Name", ref: identity.name, read: readSSMParameter, attributes: map[string]namer{
			"Type":  func(i identity) string { return i.property("Type") },
			"Value": func(i identity) string { return i.property("Value") },
		}},
	}
}

func edgeKinds() map[string]resourceKind {
	api := map[string]namer{"ApiId": identity.apiID, "ApiEndpoint": identity.apiEndpoint}
	return map[string]resourceKind{
		"AWS::Serverless::HttpApi": {ref: identity.apiID, attributes: api, read: readHTTPAPI},
		"AWS::ApiGatewayV2::Api":   {ref: identity.apiID, attributes: api, read: readRawAPI},
		"AWS::ApiGatewayV2::Stage": {nameProperty: "StageName", ref: identity.name, read: readRawStage},
		"AWS::ApiGatewayV2::Route": {ref: identity.apiID, attributes: map[string]namer{"RouteId": identity.apiID}, read: readRawRoute},
		"AWS::ApiGatewayV2::Integration": {
			ref: identity.apiID, attributes: map[string]namer{"IntegrationId": identity.apiID}, read: readRawIntegration,
		},
		"AWS::ApiGatewayV2::Authorizer": {
			ref: identity.apiID, attributes: map[string]namer{"AuthorizerId": identity.apiID}, read: readRawAuthorizer,
		},
		"AWS::Scheduler::Schedule": {
			nameProperty: "Name", ref: identity.name, attributes: map[string]namer{"Arn": identity.scheduleARN}, read: readSchedule,
		},
		"AWS::Scheduler::ScheduleGroup": {
			nameProperty: "Name", ref: identity.name, attributes: map[string]namer{"Arn": identity.groupARN}, read: readScheduleGroup,
		},
		"AWS::Events::Rule": {nameProperty: "Name", ref: identity.name, read: readRule, attributes: map[string]namer{
			"Arn": func(i identity) string { return i.arn("events", "rule/"+i.name()) },
		}},
	}
}
