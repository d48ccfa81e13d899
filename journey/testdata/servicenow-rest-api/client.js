// Uses servicenow-rest-api as its README does, and writes what it was answered to a file: node client.js HOST:PORT USER PASSWORD FILE
const fs = require('fs');
const ServiceNow = require('servicenow-rest-api');

const [host, user, password, file] = process.argv.slice(2);
const instance = new ServiceNow(host, user, password);

const ask = (call, ...args) => new Promise((resolve, reject) => {
  instance[call](...args, (answer) => answer instanceof Error
    ? reject(new Error(call + ': ' + answer.message + ' ' + JSON.stringify(answer.response && answer.response.data)))
    : resolve(answer));
});

(async () => {
  const said = {};
  said.created = await ask('createNewTask', {
    short_description: 'VPN is off', caller_id: 'abel.tuter', urgency: '1 - High', impact: 2, correlation_id: 'their-1', state: 'New',
  }, 'incident');
  const number = said.created.number;
  said.list = await ask('getTableData', ['number', 'short_description', 'priority', 'caller_id.user_name'],
    ['urgency=1', 'stateIN1,2', 'short_descriptionLIKEvpn', 'correlation_id=their-1'], 'incident');
  said.sysID = await ask('getSysId', 'incident', number);
  said.sample = await ask('getSampleData', 'incident');
  said.updated = await ask('UpdateTask', 'incident', number, { state: 'In Progress', work_notes: 'Looking at it', assignment_group: 'Network' });
  said.resolved = await ask('UpdateTask', 'incident', number, { state: 'Resolved', close_code: 'Solved', close_notes: 'Turned on' });
  said.deleted = (await ask('DeleteTask', 'incident', number)).status;
  said.afterwards = await ask('getTableData', ['number'], ['number=' + number], 'incident');
  fs.writeFileSync(file, JSON.stringify(said));
})().catch((err) => { console.error(err.message); process.exit(1); });
