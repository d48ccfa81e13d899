package workflows

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"proactive/schema"
)

func TestARepeatedMessageIsIgnored(t *testing.T) {
	s := newStory(t)
	s.plans[1], s.plans[2] = flowAction(), ciAction()
	s.answers(schema.ActionWaits)
	s.verdicts = []schema.Verdict{s.waits(1, 0, 30*time.Minute)}
	for range 3 {
		s.hearsNumber(time.Minute, 2, schema.InboxChained, 2)
	}
	s.hearsNumber(2*time.Minute, 2, schema.InboxChained, 2)
	s.hearsNumber(3*time.Minute, 3, schema.InboxJobFinished, 2)
	s.run()
	assert.Equal(t, []int{1, 2}, s.begun)
	assert.Len(t, s.outcomes, 2)
}

func TestAMessageWithANumberThatWasHadIsARepeatWhateverItSays(t *testing.T) {
	var x inbox
	x.hear(schema.Message{Seq: 3, Kind: schema.InboxChained, Step: 2})
	x.hear(schema.Message{Seq: 3, Kind: schema.InboxCancelled})
	x.hear(schema.Message{Seq: 2, Kind: schema.InboxChained, Step: 9})
	assert.Equal(t, inbox{seen: 3, chained: 2}, x)
}

func TestTheLatestStepCounts(t *testing.T) {
	var x inbox
	x.hear(schema.Message{Seq: 2, Kind: schema.InboxJobFinished, Step: 4})
	x.hear(schema.Message{Seq: 3, Kind: schema.InboxJobFinished, Step: 3})
	x.hear(schema.Message{Seq: 4, Kind: "something new", Step: 9})
	assert.Equal(t, inbox{seen: 4, jobFinished: 4}, x)
}

func TestAMessageOfAnEarlierStepDoesNotEndThisOne(t *testing.T) {
	s := newStory(t)
	s.plans[1], s.plans[2] = ciAction(), ciAction()
	s.verdicts = []schema.Verdict{s.waits(1, time.Minute, 30*time.Minute)}
	s.hears(time.Minute, schema.InboxJobFinished, 1)
	s.hears(2*time.Minute, schema.InboxChained, 2)
	s.hears(3*time.Minute, schema.InboxJobFinished, 1)
	s.hears(time.Hour, schema.InboxJobFinished, 2)
	began := s.Now()
	s.run()
	assert.WithinDuration(t, began.Add(time.Hour), s.Now(), time.Minute)
}

func TestAMessageThatIsNoneHarmsNobody(t *testing.T) {
	s := newStory(t)
	s.plans[1] = ciAction()
	s.RegisterDelayedCallback(func() { s.SignalWorkflow(schema.SignalInbox, "hello") }, time.Minute)
	s.hears(time.Hour, schema.InboxJobFinished, 1)
	began := s.Now()
	s.run()
	assert.WithinDuration(t, began.Add(time.Hour), s.Now(), time.Minute)
	assert.Equal(t, schema.Outcome{Step: 1, Job: true}, s.outcome())
}
