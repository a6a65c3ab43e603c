package samtemplate

func readTable(p *reader) {
	p.inert("TableName", "Tags", "SSESpecification", "TableClass",
		"DeletionProtectionEnabled", "ContributorInsightsSpecification", "WarmThroughput", "OnDemandThroughput", "ResourcePolicy")
	id := p.identity()
	t := Table{
		Source: p.source(), Name: id.name(), ARN: id.tableARN(),
		OnDemand: p.oneOf("BillingMode", "PROVISIONED", "PAY_PER_REQUEST") == "PAY_PER_REQUEST",
	}
	if !t.OnDemand {
		p.fault(nil, "only BillingMode PAY_PER_REQUEST is supported: provisioned capacity is not modelled")
		p.inert("ProvisionedThroughput")
	}
	p.items("AttributeDefinitions", func(a *reader) {
		t.Attributes = append(t.Attributes, Attribute{Name: a.required("AttributeName"), Type: a.oneOf("AttributeType", "S", "N", "B")})
	})
	t.Hash, t.Range = p.keySchema()
	p.items("GlobalSecondaryIndexes", func(g *reader) {
		g.inert("ContributorInsightsSpecification", "WarmThroughput", "OnDemandThroughput")
		t.Global = append(t.Global, g.index())
	})
	p.items("LocalSecondaryIndexes", func(l *reader) { t.Local = append(t.Local, l.index()) })
	if ttl := p.inner("TimeToLiveSpecification"); ttl != nil {
		if ttl.flag("Enabled") {
			t.TTL = ttl.required("AttributeName")
		}
		ttl.inert("AttributeName")
		ttl.done()
	}
	if pitr := p.inner("PointInTimeRecoverySpecification"); pitr != nil {
		t.Recovery = pitr.flag("PointInTimeRecoveryEnabled")
		pitr.inert("RecoveryPeriodInDays")
		pitr.done()
	}
	if stream := p.inner("StreamSpecification"); stream != nil {
		t.StreamView = stream.oneOf("StreamViewType", "NEW_AND_OLD_IMAGES", "NEW_IMAGE", "OLD_IMAGE", "KEYS_ONLY")
		t.StreamARN = id.streamARN()
		stream.done()
	}
	p.t.load.stack.Tables = append(p.t.load.stack.Tables, t)
}

func (p *reader) keySchema() (hash, sort string) {
	p.items("KeySchema", func(k *reader) {
		name := k.required("AttributeName")
		if k.oneOf("KeyType", "HASH", "RANGE") == "HASH" {
			hash = name
		} else {
			sort = name
		}
	})
	if hash == "" {
		p.fault(nil, "KeySchema has no HASH key")
	}
	return hash, sort
}

func (p *reader) index() Index {
	x := Index{Name: p.required("IndexName"), Projection: "ALL"}
	x.Hash, x.Range = p.keySchema()
	if proj := p.inner("Projection"); proj != nil {
		x.Projection = proj.oneOf("ProjectionType", "ALL", "KEYS_ONLY", "INCLUDE")
		x.Include = proj.texts("NonKeyAttributes")
		proj.done()
	}
	return x
}
