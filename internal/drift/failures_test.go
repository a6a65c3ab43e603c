package drift

import (
	"regexp"
	"strings"
	"testing"
)

// failures are what goes wrong in systems like this one, each with the tests that
// hold it off, as package.Test. A row without a test that exists fails here.
var failures = []struct{ row, tests string }{
	// Promises that others break.
	{"a slot is always given back, and never given twice", "sim.TestSimulation sim.TestSlotFreedBetweenRefusalAndParkingIsNotLost sim.TestPlaceInLineOfAnEndedRunGetsNoSlot sim.TestSlotThatNobodyLivedToFreeIsGivenOn scenario.TestFiftyRunsOfAFreeTenantRunOneAtATime"},
	{"a run ends although its worker died; cancel works on a running one", "sim.TestDeadClaimOfSafeNodeRunsAgain stepfunctions.TestTaskThatWasOutIsReportedAsCrashed scenario.TestCancelStopsAfterTheNodeThatRuns sim.TestCancelEndsWhatHasNoClaimAtOnce scenario.TestARunEndsWhenItsTimeIsUp"},
	{"a good run is not marked crashed by recovery", "sim.TestReportSeenAgainIsOneAttempt sim.TestLateResultIsRecordedAndChangesNoStatus"},
	{"one webhook delivery or schedule tick makes one run", "hook.TestOneDeliveryMakesOneRun trigger.TestDoubledTickMakesOneRun trigger.TestTickMakesOneRunAndN8nsItem"},
	{"an AI budget is never overspent, and never blocked by a reservation that leaked", "dynamostore.TestBudgetIsNeverOverspentByThousandConcurrentCalls dynamostore.TestExpiredReservationCountsAsUsedUntilALateSettle dynamostore.TestWholeRestOfTheBudgetIsUsableAfterSmallCalls usage.TestEveryWayOutClosesTheCall dynamostore.TestCapOfARunBoundsAllThatItStarts dynamostore.TestFamilysBooksSurviveLostAnswers"},
	{"a retry does not repeat a finished side effect", "scenario.TestPartialFailureResumesWhereItFailed scenario.TestUnknownOutcomeOfAPaymentAsksForADecision"},

	// SQS.
	{"SQS: duplicates", "sim.TestRedeliveredMessageRepeatsStartAndIsHarmless scenario.TestRunsEndOnACloudFullOfFaults"},
	{"SQS: disorder", "sim.TestSimulation sim.TestStaleGenerationClaimsNothing localcloud.TestOrdersSurviveFaults"},
	{"SQS: visibility shorter than processing", "sim.TestRedeliveredMessageRepeatsStartAndIsHarmless drift.TestQueuesAreVisibleSixTimesAsLongAsAdmitMayTake samtemplate.TestVisibilityIsLongEnough"},
	{"SQS: partly failed batch (a malformed response returns all)", "lambdarun.TestOnlyFailedMessagesComeAgain eventsource.TestPartialFailure"},
	{"SQS: poison message", "httpapi.TestDeadLettersAreSeenAndRedriven drift.TestEveryDeadLetterQueueAndPlanHasAnAlarm"},
	{"SQS: throttled consumer eating receive counts", "eventsource.TestThrottled eventsource.TestMaximumConcurrency"},
	{"SQS: recursion stopped after 16 hops", "drift.TestOnlyTheLoopMayRecur lambdahost.TestRecursion eventsource.TestLoopIsStopped"},

	// Lambda.
	{"Lambda: timeout or memory death between effect and checkpoint", "sim.TestDeadClaimOfUnsafeNodeAsksForDecision sim.TestDeadClaimOfAnEarlierGenerationIsMinded lambdahost.TestTimeout"},
	{"Lambda: freeze and thaw with a stale clock", "sim.TestInstanceThatStoodStillDoesNoHarm sim.TestStaleGenerationClaimsNothing clock.TestRealTimesAreOfTheWallClockAlone"},
	{"Lambda: freeze and thaw with stale sockets", "safedial.TestKeyedPostOnAReusedConnectionIsSentOnce"},
	{"Lambda: a zombie that writes after its lease ran out", "sim.TestInstanceThatStoodStillDoesNoHarm sim.TestLateResultIsRecordedAndChangesNoStatus sim.TestResumeIsRefusedWhileClaimIsAlive"},
	{"Lambda: cold-start storm", "scenario.TestStormOfColdStarts tenant.TestLimitsReadOnceForManyCallers oidc.TestIssuerThatIsDownIsAskedSeldom lambdahost.TestConcurrency"},

	// Step Functions.
	{"Step Functions: duplicate start of an Express run", "sim.TestRedeliveredMessageRepeatsStartAndIsHarmless stepfunctions.TestExpressNamesRepeatAndDuplicatesShareOne"},
	{"Step Functions: same name, other input", "drift.TestMachineRunsAreExpress stepfunctions.TestExpressNamesRepeatAndDuplicatesShareOne stepfunctions.TestStandardExecutionThroughTheSDK"},
	{"Step Functions: 25,000 events", "drift.TestMachineRunsAreExpress asl.TestStandardEndsAt25000Events"},
	{"Step Functions: 256 KiB, which no Catch sees", "asl.TestPayloadsEndAt256KiB asl.TestSizeIsThatOfTheText"},
	{"Step Functions: throttled transitions", "drift.TestNodesAreRetriedOnlyIfTheyDidNotStart stepfunctions.TestHowFailuresOfLambdaAreNamed drift.TestEveryErrorEqualsIsANameThatSomebodyEmits"},
	{"Step Functions: Express ends at 5 minutes", "asl.TestExpressEndsAfterFiveMinutesWhateverItCatches drift.TestAdvanceHandsOverAsEarlyAsThisFileBelieves sim.TestHandOverKeepsTheSlot"},

	// DynamoDB.
	{"DynamoDB: a conditional write retried by the SDK sees its own write", "dynamostore.TestLostAnswersLeaveNothingHalf sim.TestSimulation"},
	{"DynamoDB: transaction conflicts hit plain updates too", "dynamostore.TestEveryWriteWaitsForOthersInItsWay dynamostore.TestWritersThatMeetDoNotMeetAgain"},
	{"DynamoDB: 400 KB items", "dynamostore.TestLargeVersionsLieBeside dynamostore.TestLargestStepsOfARunFit dynamostore.TestSlotsOfTheLargestPlanFit conformance.TestLocalCloudInProcess"},
	{"DynamoDB: 100 items or 4 MB a transaction", "dynamostore.TestLargestChangeOfAWorkflowFits dynamostore.TestLargestStepsOfARunFit dynamostore.TestReservationOfTheDeepestRunFits conformance.TestLocalCloudInProcess"},
	{"DynamoDB: 1,000 writes/s on one item", "scenario.TestHotTenant dynamostore.TestHotCounterOfATenant dynamostore.TestHotSlotsOfATenant dynamostore.TestHotBudgetOfATenant"},
	{"DynamoDB: stale index reads", "dynamodb.TestIndexLag sim.TestSimulation"},
	{"DynamoDB: TTL up to 48 h late (check expiry on read)", "tenant.TestKeysEnd live.TestTicketsAreUsedOnceAndInTime dynamodb.TestTimeToLive"},
	{"DynamoDB: stream duplicates", "live.TestNodeVersionsGrow search.TestApplyIsIdempotentAndOrdered app.TestIndexFollowsTheStreamThroughDisorder"},

	// Time.
	{"Time: skew between holders", "drift.TestALeaseOutlivesWhatRunsUnderIt sim.TestSweepWithAClockAheadTakesNoLivingRun"},
	{"Time: daylight saving and missed or doubled ticks", "trigger.TestDaylightSaving trigger.TestDoubledTickMakesOneRun trigger.TestOnlyEachNthTickRuns"},
	{"Time: month end in the middle of a run", "sim.TestMonthChangesWhileRunsAreOpen dynamostore.TestAClockBehindCountsInTheNewerMonth"},
	{"Time: a clock that was ahead is put right", "dynamostore.TestAClockThatIsPutBackDoesNotStopRuns dynamostore.TestABucketsTokensAreTakenOnce pace.TestMemoryStoreConforms"},

	// AI.
	{"AI: connection cut after the provider billed", "usage.TestLostCallCountsAtItsEstimate openaichat.TestSlowModelTimesOutUnknown"},
	{"AI: usage missing in the answer", "openaichat.TestMissingUsageIsCounted"},
	{"AI: price change within a run", "usage.TestAddedPricesWinFromTheirDay usage.TestPriceThatAnOperatorSetsHoldsWithinFiveSeconds"},
	{"AI: agent loops", "ai.TestAgentStopsAfterItsIterations scenario.TestRunOverItsCapStopsAndGoesOnWhenTheCapIsRaised"},
	{"All writes: files that are stored before what names them, which never comes", "dynamostore.TestFilesOfExecutionsThatNeverBeganAreRemoved hook.TestFilesOfFormsThatStartNoRunAreRemoved"},
	{"All writes: apply-then-error (it happened, the caller saw a failure)", "sim.TestSimulation search.TestStoreApplyThenError usage.TestStoreThatLosesAnswers credential.TestLostWritesAreRepeated"},

	// Attacks.
	{"expression escape to the host", "expr.TestExpressionEscape_CVE_2025_68613_CVE_2026_1470_CVE_2026_25049_CVE_2026_27577"},
	{"data evaluated as an expression", "expr.TestDataIsNeverAnExpression_CVE_2026_27493"},
	{"content-type confusion in a webhook body reads files", "hook.TestContentTypesAreNeverConfused"},
	{"forged webhook", "hook.TestServices hook.TestServicesWithoutSecret scenario.TestWebhookAsksForItsCredential"},
	{"code node escape", "expr.TestCodeEscape_CVE_2025_68668_CVE_2026_0863_CVE_2026_49444 code.TestCodeNodeEscape code.TestChildIsConfined"},
	{"server-side request forgery", "safedial.TestSSRFRedirects safedial.TestSSRFDNSRebinding safedial.TestSSRFEmbeddedIPv4 safedial.TestSSRFDecimalOctalAndHexHosts safedial.TestSSRFAddressesThatParsersReadInTwoWays drift.TestThereIsOneWayOut safedial.TestSSRFLambdaRuntimeAPI safedial.TestSSRFPrivateAndMetadataAddresses"},
	{"missing tenant falls back to somebody's credentials", "tenant.TestMissingTenantIsAnErrorNeverADefault code.TestNoTenantNoCode kmsseal.TestBoxesOpenForTheirOwnerAlone"},
	{"headers of an answer that split it, or belong to the connection", "hook.TestResponseNodeAnswers safedial.TestHeaderInjectionIsRefused"},
	{"requests that never end, floods of messages", "local.TestRequestsThatDoNotArriveAreDropped gateway.TestMessagesOfAFloodWait"},
	{"reading the environment or /proc/self/environ", "code.TestReadingProcSelfEnviron code.TestChildHasNoEnvironmentAndNoOtherFiles"},
	{"another tenant's ids in any route, body, cursor", "httpapi.TestEveryRouteKeepsTenantsApart"},
	{"another tenant's ids in a WebSocket subscription", "scenario.TestTenantsSeeOnlyTheirOwn"},
	{"another tenant's ids in a webhook path", "httpapi.TestWebhooksKeepTenantsApart"},
	{"archive bombs", "data.TestCompressionOfHostileArchives safedial.TestCompressedAnswersAreDecoded http.TestAnswersMadeToFillMemory"},
	{"regular expressions that never end", "jsregex.TestLimits expr.TestHostileExpressions"},
	{"'a'.repeat(1e9)", "expr.TestHostileExpressions expr.TestHostileCode"},
	{"endless loops", "code.TestEndlessLoopIsKilled expr.TestHostileCode scenario.TestLoopOverItsCapStopsAndGoesOnWhenTheCapIsRaised"},
	{"deep JSON", "workflow.TestParseRefusesWithThePlace expr.TestHostileExpressions"},
	{"secrets in logs, errors, checkpoints, exports", "secret.TestMarkerIsNowhere telemetry.TestSecretsNeverReachTheLog httpapi.TestSecretsGoInAndNeverComeOut"},
}

var testFunc = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)

// TestEveryFailureHasItsTest holds the table above to the tests that there are.
func TestEveryFailureHasItsTest(t *testing.T) {
	have := map[string]bool{}
	for _, f := range sources(t) {
		if !f.test {
			continue
		}
		folder := f.dir[strings.LastIndexByte(f.dir, '/')+1:]
		for _, m := range testFunc.FindAllStringSubmatch(f.text, -1) {
			have[folder+"."+m[1]] = true
		}
	}
	rows := map[string]bool{}
	for _, f := range failures {
		if rows[f.row] {
			t.Errorf("%s: twice", f.row)
		}
		rows[f.row] = true
		if f.tests == "" {
			t.Errorf("%s: no test", f.row)
		}
		for name := range strings.FieldsSeq(f.tests) {
			if !have[name] {
				t.Errorf("%s: there is no test %s", f.row, name)
			}
		}
	}
}
