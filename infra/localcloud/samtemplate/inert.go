package samtemplate

// inertKinds are the types that mean nothing on one machine: permissions that are
// not checked here, logs, alarms, and sign-in pages. They can be
// referred to, and they do nothing.
func inertKinds() map[string]resourceKind {
	id := identity.uuid
	return map[string]resourceKind{
		"AWS::ApiGatewayV2::Deployment":    {ref: id, attributes: map[string]namer{"DeploymentId": id}},
		"AWS::ApiGatewayV2::DomainName":    {nameProperty: "DomainName", ref: identity.name, attributes: map[string]namer{"RegionalDomainName": identity.name, "RegionalHostedZoneId": id}},
		"AWS::ApiGatewayV2::ApiMapping":    {ref: id},
		"AWS::ApiGateway::Account":         {ref: id, attributes: map[string]namer{"Id": id}},
		"AWS::Lambda::Permission":          {ref: id},
		"AWS::Logs::LogGroup":              {nameProperty: "LogGroupName", ref: identity.name, attributes: map[string]namer{"Arn": identity.logGroupARN}},
		"AWS::Logs::MetricFilter":          {ref: id},
		"AWS::Logs::QueryDefinition":       {ref: id},
		"AWS::Logs::ResourcePolicy":        {ref: id},
		"AWS::IAM::Role":                   {nameProperty: "RoleName", ref: identity.name, attributes: map[string]namer{"Arn": identity.roleARN, "RoleId": id}},
		"AWS::IAM::Policy":                 {ref: id},
		"AWS::IAM::ManagedPolicy":          {ref: func(i identity) string { return "arn:aws:iam::" + i.opts.AccountID + ":policy/" + i.name() }},
		"AWS::SQS::QueuePolicy":            {ref: id},
		"AWS::S3::BucketPolicy":            {ref: id},
		"AWS::SNS::Topic":                  {nameProperty: "TopicName", ref: identity.topicARN, attributes: map[string]namer{"TopicArn": identity.topicARN, "TopicName": identity.name}},
		"AWS::SNS::TopicPolicy":            {ref: id},
		"AWS::SNS::Subscription":           {ref: id},
		"AWS::CloudWatch::Alarm":           {nameProperty: "AlarmName", ref: identity.name, attributes: map[string]namer{"Arn": func(i identity) string { return i.arn("cloudwatch", "alarm:"+i.name()) }}},
		"AWS::CloudWatch::CompositeAlarm":  {nameProperty: "AlarmName", ref: identity.name, attributes: map[string]namer{"Arn": func(i identity) string { return i.arn("cloudwatch", "alarm:"+i.name()) }}},
		"AWS::CloudWatch::AnomalyDetector": {ref: id},
		"AWS::Cognito::UserPool": {ref: identity.poolID, attributes: map[string]namer{
			"Arn":          func(i identity) string { return i.arn("cognito-idp", "userpool/"+i.poolID()) },
			"UserPoolId":   identity.poolID,
			"ProviderName": identity.poolProvider,
			"ProviderURL":  func(i identity) string { return "https://" + i.poolProvider() },
		}},
		"AWS::Cognito::UserPoolClient":                    {ref: poolClient, attributes: map[string]namer{"ClientId": poolClient, "Name": identity.name}},
		"AWS::Cognito::UserPoolDomain":                    {ref: func(i identity) string { return i.property("Domain") }, attributes: map[string]namer{"CloudFrontDistribution": id}},
		"AWS::Cognito::UserPoolGroup":                     {ref: func(i identity) string { return i.property("GroupName") }},
		"AWS::Cognito::UserPoolResourceServer":            {ref: func(i identity) string { return i.property("Identifier") }},
		"AWS::Cognito::UserPoolUICustomizationAttachment": {ref: id},
		"AWS::Cognito::ManagedLoginBranding":              {ref: id},
		"AWS::Budgets::Budget":                            {ref: id},
		"AWS::XRay::Group":                                {ref: id},
		"AWS::XRay::SamplingRule":                         {ref: id},
		"AWS::ApplicationInsights::Application":           {ref: id},
		"AWS::ResourceGroups::Group":                      {ref: id},
	}
}

func poolClient(i identity) string { return i.short(26) }
