package registry

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
)

func placing(t *testing.T, body, inputs string) (string, error) {
	t.Helper()
	v, err := decode(json.RawMessage(body))
	require.NoError(t, err)
	var named map[string]json.RawMessage
	require.NoError(t, json.Unmarshal([]byte(inputs), &named))
	placed, err := Place(v, named, func(name string) (string, error) {
		if name == "UNSET" {
			return "", errors.New("secret UNSET is not set")
		}
		return "the secret " + name, nil
	})
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(placed)
	require.NoError(t, err)
	return string(text), nil
}

func TestValuesArePlacedIntoTheStructure(t *testing.T) {
	for _, c := range []struct{ name, body, inputs, placed string }{
		{"an input", `{"pid":{"$input":"process_id"}}`, `{"process_id":"42"}`, `{"pid":"42"}`},
		{"in a list", `[1,{"$input":"a"},2]`, `{"a":{"z":1.50,"b":[10644123456789012345678]}}`, `[1,{"z":1.50,"b":[10644123456789012345678]},2]`},
		{"the whole", `{"$input":"a"}`, `{"a":[1]}`, `[1]`},
		{"an input that is not there", `{"pid":{"$input":"process_id"}}`, `{}`, `{"pid":null}`},
		{"a secret", `{"auth":{"$secret":"DESK_TOKEN"}}`, `{}`, `{"auth":"the secret DESK_TOKEN"}`},
		{"text is no template", `{"a":"{{$input}} $secret ${DESK_TOKEN}"}`, `{}`, `{"a":"{{$input}} $secret ${DESK_TOKEN}"}`},
		{"what a reporter wrote is not looked into", `{"a":{"$input":"a"}}`, `{"a":{"$secret":"DESK_TOKEN"}}`, `{"a":{"$secret":"DESK_TOKEN"}}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			placed, err := placing(t, c.body, c.inputs)
			require.NoError(t, err)
			require.Equal(t, c.placed, placed)
		})
	}
}

func TestAMarkOfAWrongShapeIsAnError(t *testing.T) {
	for body, sentence := range map[string]string{
		`{"a":{"$input":"x","b":1}}`: "$input must stand alone in its object",
		`{"a":{"$input":7}}`:         "$input must be followed by a name",
		`{"a":{"$secret":"x y"}}`:    "the name after $secret must be made of A-Z, 0-9 and _",
		`{"a":{"$secret":"UNSET"}}`:  "secret UNSET is not set",
	} {
		_, err := placing(t, body, `{}`)
		require.EqualError(t, err, sentence)
	}
}

func TestASecretIsReadFromTheEnvironment(t *testing.T) {
	t.Setenv("PROACTIVE_SECRET_DESK_TOKEN", "hunter2")
	value, err := SecretFromEnvironment("DESK_TOKEN")
	require.NoError(t, err)
	require.Equal(t, "hunter2", value)
	_, err = SecretFromEnvironment("OTHER")
	require.EqualError(t, err, "secret OTHER is not set: set the environment variable PROACTIVE_SECRET_OTHER")
}

func TestAnInputThatIsNotThereIsNil(t *testing.T) {
	placed, err := Place(map[string]any{"$input": "x"}, nil, nil)
	require.NoError(t, err)
	require.Nil(t, placed)
	require.True(t, placed == nil, "a nil value, not an empty text of JSON")
}

func TestPlaceLeavesItsArgumentAlone(t *testing.T) {
	body := map[string]any{"a": map[string]any{"$input": "x"}}
	_, err := Place(body, map[string]json.RawMessage{"x": json.RawMessage(`1`)}, nil)
	require.NoError(t, err)
	require.Equal(t, map[string]any{"a": map[string]any{"$input": "x"}}, body)
}
