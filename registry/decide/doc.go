// Package decide says what is to happen in a step: whether the person is left alone, what is offered or run with which parameters, and
// when they may be written to. It is pure, the same facts giving the same decision, so that what is asked beforehand (simulate), asked about
// the past (backtest) and done in the end (the activity Begin) cannot differ. It knows neither Postgres nor Temporal nor HTTP.
package decide
