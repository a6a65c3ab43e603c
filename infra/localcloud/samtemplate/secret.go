package samtemplate

func readKey(p *reader) {
	p.inert("Tags", "EnableKeyRotation", "KeyPolicy", "PendingWindowInDays", "RotationPeriodInDays", "BypassPolicyLockoutSafetyCheck", "MultiRegion")
	p.oneOf("KeySpec", "SYMMETRIC_DEFAULT")
	p.oneOf("KeyUsage", "ENCRYPT_DECRYPT")
	p.oneOf("Enabled", "true")
	id := p.identity()
	p.t.load.stack.Keys = append(p.t.load.stack.Keys, Key{
		Source: p.source(), ID: id.uuid(), ARN: id.keyARN(), Description: p.text("Description", ""),
	})
}

func readAlias(p *reader) {
	p.t.load.stack.Aliases = append(p.t.load.stack.Aliases, Alias{
		Source: p.source(), Name: p.required("AliasName"), Target: p.required("TargetKeyId"),
	})
}

func readSecret(p *reader) {
	p.inert("Name", "Description", "KmsKeyId", "Tags", "ReplicaRegions")
	id := p.identity()
	s := Secret{Source: p.source(), Name: id.name(), ARN: id.secretARN(), Value: p.text("SecretString", "")}
	if g := p.inner("GenerateSecretString"); g != nil {
		g.inert("ExcludeCharacters", "ExcludeLowercase", "ExcludeNumbers", "ExcludePunctuation", "ExcludeUppercase", "IncludeSpace", "RequireEachIncludedType")
		s.Generate = g.number("PasswordLength", 32, 1, 4096)
		s.GenerateKey = g.text("GenerateStringKey", "")
		s.GenerateTemplate = g.text("SecretStringTemplate", "")
		g.done()
	}
	p.t.load.stack.Secrets = append(p.t.load.stack.Secrets, s)
}

func readSSMParameter(p *reader) {
	p.inert("Description", "Tags", "Tier", "AllowedPattern", "DataType", "Policies", "Name")
	p.t.load.stack.SSMParameters = append(p.t.load.stack.SSMParameters, SSMParameter{
		Source: p.source(), Name: p.identity().name(), Type: p.oneOf("Type", "String", "StringList"), Value: p.required("Value"),
	})
}

func readDashboard(p *reader) {
	p.inert("DashboardName")
	p.t.load.stack.Dashboards = append(p.t.load.stack.Dashboards, Dashboard{Source: p.source(), Name: p.identity().name(), Body: p.required("DashboardBody")})
}
