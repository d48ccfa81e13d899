package api_test

import (
	"context"
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"proactive/api"
	"proactive/schema"
)

// registryDoor is a door with one issue in the registry, and who comes in is limited to a provider.
func registryDoor(t *testing.T, providers ...string) http.Handler {
	store := newStore(t)
	anybody := store.account
	store.account = func(ctx context.Context, name string) (schema.Account, error) {
		account, err := anybody(ctx, name)
		account.Providers = providers
		return account, err
	}
	return api.New(api.Config{}, store, api.With{Deployments: describedDeployments{}}).Handler()
}

func TestTheRegistryIsListedForTheProvidersThatAnAccountSpeaksFor(t *testing.T) {
	for _, c := range []struct {
		providers []string
		codes     []string
	}{
		{nil, []string{"100", "1"}}, {[]string{"sn"}, []string{"100"}}, {[]string{"other"}, []string{"1"}}, {[]string{"none"}, []string{}},
	} {
		got := get(rowsPath).as("admin").send(t, registryDoor(t, c.providers...))
		require.Equal(t, http.StatusOK, got.Code)
		var list struct {
			Result []struct {
				IssueCode string `json:"issue_code"`
			} `json:"result"`
		}
		require.NoError(t, json.Unmarshal(got.Body.Bytes(), &list))
		codes := []string{}
		for _, row := range list.Result {
			codes = append(codes, row.IssueCode)
		}
		require.Equal(t, c.codes, codes)
	}
}

func TestARowOfAnotherProviderIsNoneToSeeOrToChange(t *testing.T) {
	for _, r := range []*request{get(rowsPath + "/t1"), post("").to(rowsPath + "/t1/update")} {
		require.Equal(t, http.StatusOK, r.as("admin").send(t, registryDoor(t, "sn")).Code)
		require.Equal(t, http.StatusNotFound, r.as("admin").send(t, registryDoor(t, "other")).Code)
	}
}

func TestAComparisonTellsWhatIsCustomisedAndWhatIsNew(t *testing.T) {
	got := get(rowsPath+"/t1").as("admin").send(t, registryDoor(t))
	require.JSONEq(t, `{"result": {"template": "t1", "registry": "g1", "provider": "sn", "issue_code": "100", "active": true,
	  "status": "update_available", "customised": ["resolution"],
	  "deployed_version": {"sys_id": "v1", "number": 1}, "template_version": {"sys_id": "v2", "number": 2},
	  "fields": [{"name": "resolution", "deployed": "a", "template": "a", "registry": "b", "customised": true, "updated": false},
	             {"name": "short_description", "deployed": "a", "template": "b", "registry": "a", "customised": false, "updated": true}]}}`, got.Body.String())
}

func TestARefusedChangeSaysWhyAndWhatToDo(t *testing.T) {
	got := post("").to(rowsPath+"/t1/deploy").as("admin").send(t, registryDoor(t))
	require.Equal(t, http.StatusConflict, got.Code)
	require.Equal(t, "Issue sn/100 was customised", got.Problem.Message)
	require.Equal(t, "Deploying would overwrite resolution. Update keeps that; overwrite gives it up.", got.Problem.Detail)
}
