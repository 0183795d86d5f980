/** The rooms of core/ and adapters/, and which rooms each may import. Every room of core may import `core/basics`. */
export const rooms: Readonly<Record<string, string>> = {
  'core/basics': '',
  'core/log': '',
  'core/write': 'core/log',
  'core/read': 'core/log',
  'core/publish': 'core/log core/read',
  'core/calls': 'core/log core/write core/publish core/processes',
  'core/sagas': 'core/log core/write core/publish',
  'core/sagas/running': 'core/log core/write core/publish core/sagas',
  'core/processes': 'core/log core/write core/sagas',
  'core/schedules': 'core/processes core/write',
  'core/reactions': 'core/processes core/log core/write core/publish core/sagas',
  'core/inboxes': 'core/processes core/log core/write',
  'core/reminders': 'core/processes core/log core/write core/publish core/audit',
  'core/webhooks': 'core/processes core/log core/write',
  'core/import': 'core/log core/write',
  'core/registry':
    'core/log core/write core/read core/publish core/sagas core/calls core/processes core/reactions core/inboxes core/reminders core/schedules core/webhooks',
  'core/audit': 'core/log core/read',
  'core/rebuild': 'core/log core/read core/audit core/registry',
  'core/operate': 'core/log core/write core/read core/publish core/audit core/registry core/rebuild',
  'core/schema-lock': 'core/log core/write core/read core/publish core/sagas core/registry',
  'core/schema-lock/received': 'core/schema-lock core/publish core/registry core/inboxes',
  'core/schema-lock/processes':
    'core/schema-lock/received core/log core/processes core/reactions core/schedules core/registry core/schema-lock',
  'core/rehearse': 'core/log core/write core/read core/publish core/sagas core/sagas/running core/registry',
  'core/testing': 'core/log core/write core/read core/publish core/calls core/sagas core/sagas/running core/import core/registry',
  'core/testing/domain-paths':
    'core/testing core/log core/write core/processes core/reactions core/reminders core/registry core/sagas core/sagas/running',
  'adapters/aws': '',
  'adapters/event-log': 'adapters/aws core/log core/write core/audit',
  'adapters/read-models': 'adapters/aws core/log core/read core/rebuild',
  'adapters/sagas': 'adapters/aws core/log core/sagas core/sagas/running',
  'adapters/processes': 'adapters/aws core/processes',
  'adapters/reminders': 'adapters/aws core/reminders',
  'adapters/schedules': 'adapters/aws core/schedules',
  'adapters/outbound': 'adapters/aws core/log core/publish core/calls core/audit',
  'adapters/lambda':
    'adapters/aws adapters/event-log adapters/sagas core/log core/write core/read core/publish core/calls core/sagas core/sagas/running core/processes core/inboxes core/reactions core/reminders core/schedules core/audit core/rebuild core/operate core/registry',
  'adapters/openapi':
    'core/inboxes core/log core/write core/read core/publish core/calls core/sagas core/webhooks core/registry adapters/http',
  'adapters/http':
    'adapters/aws adapters/lambda adapters/read-models adapters/openapi adapters/http/body adapters/http/token adapters/http/owner core/log core/write core/read core/publish core/calls core/sagas core/sagas/running core/registry core/rebuild core/operate core/webhooks',
  'adapters/http/body': '',
  'adapters/http/owner': 'core/log core/write core/read core/registry',
  'adapters/http/token': '',
  'adapters/http/webhooks': 'adapters/http adapters/http/body core/webhooks core/registry',
};
