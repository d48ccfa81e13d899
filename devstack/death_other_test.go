//go:build !linux

package devstack_test

// Only Linux can promise what death_test.go tests.
const helperVariable = "DEVSTACK_TEST_HELPER"

func beTheHelper() {}
