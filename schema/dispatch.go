package schema

import "time"

// Dispatch is a row of sn_pren_delivery, claimed by whoever delivers it: an outcome for a provider, or an incident for the service desk.
type Dispatch struct {
	SysID    string    `db:"sys_id"`
	Receiver string    `db:"receiver"`
	Attempt  int       `db:"attempts"` // 1 at the first try
	Outcome  string    `db:"outcome"`  // sys_id; "" when it is an incident
	Incident string    `db:"incident"`
	Since    time.Time `db:"since"` // when it was asked for
}

// DispatchAttempt is what came of trying to deliver one.
type DispatchAttempt struct {
	Began     time.Time
	Took      time.Duration
	Status    int    // of the answer; 0 without one
	Detail    string // a sentence, which names no address, no secret and nobody
	Delivered bool
	GiveUp    bool          // trying again makes no sense
	Busy      bool          // its host had enough on its way: it was no attempt
	Unclear   bool          // it may have arrived
	After     time.Duration // at least until the next try, where something says so
	Foreign   ForeignRecord // what became of an incident, where that was told
}

// DispatchWaiting is what other systems are still to be told.
type DispatchWaiting struct {
	Kind          string  `db:"kind"` // outcome or incident
	Count         int     `db:"count"`
	OldestSeconds float64 `db:"oldest"`
	GivenUp       int     `db:"given_up"`
}

// Redelivery says what is to be told again; one of the first three is set.
type Redelivery struct {
	ID           string   // of one outcome
	ExperienceID string   // all outcomes of an issue
	Provider     string   // provider_code: all that were given up
	Providers    []string // for which whoever asks speaks; empty: all
}
