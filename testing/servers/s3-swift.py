# One process that is an S3 server: OpenStack Swift of Debian's python3-swift (proxy with s3api, and its account, container and object
# servers on one disk), without a daemon or a file outside the folder that it is given. Only for tests and the lab.
#
# Arguments: folder, address, port, access key ("test:USER"), secret key, bucket. Prints "ready" when it serves.

import os
import sys

from swift.common import utils

utils.eventlet_monkey_patch()

import eventlet
import eventlet.wsgi
from swift.common.http_protocol import SwiftHttpProtocol
from swift.common.ring import RingBuilder
from swift.common.storage_policy import reload_storage_policies
from swift.common.wsgi import loadapp, make_pre_authed_request

folder, address, port, access, secret, bucket = sys.argv[1:]
account, user = access.split(':')
STORES = ('account', 'container', 'object')


def write(name, text):
    path = os.path.join(folder, name)
    with open(path, 'w') as file:
        file.write(text)
    return path


def load(name, text):
    common = f'[DEFAULT]\nswift_dir = {folder}\ndevices = {folder}/devices\nmount_check = false\nlog_level = ERROR\n'
    return loadapp(write(f'{name}.conf', common + text))


class NoCache:
    """Swift asks memcached for what it has learnt before; without one it looks each time."""

    def get(self, *_, **__):
        return None

    def set(self, *_, **__):
        pass

    delete = set

    def incr(self, *_, **__):
        return 1


os.makedirs(f'{folder}/devices/disk', exist_ok=True)
write('swift.conf', '[swift-hash]\nswift_hash_path_suffix = s\n[storage-policy:0]\nname = one\ndefault = yes\n')
utils.set_swift_dir(folder)
reload_storage_policies()
sockets = {}
for name in STORES:
    sockets[name] = eventlet.listen(('127.0.0.1', 0))
    builder = RingBuilder(1, 1, 0)
    inner = sockets[name].getsockname()[1]
    builder.add_dev({'region': 1, 'zone': 1, 'ip': '127.0.0.1', 'port': inner, 'device': 'disk', 'weight': 1})
    builder.rebalance()
    builder.get_ring().save(f'{folder}/{name}.ring.gz')
apps = {name: load(name, f'[pipeline:main]\npipeline = a\n[app:a]\nuse = egg:swift#{name}\n') for name in STORES}
proxy = load('proxy', f'''[pipeline:main]
pipeline = catch_errors s3api tempauth copy slo proxy-server
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:s3api]
use = egg:swift#s3api
[filter:tempauth]
use = egg:swift#tempauth
user_{account}_{user} = {secret} .admin
[filter:copy]
use = egg:swift#copy
[filter:slo]
use = egg:swift#slo
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
''')


def serve(environment, start_response):
    environment['swift.cache'] = NoCache()
    return proxy(environment, start_response)


log = utils.get_logger({'log_level': 'ERROR'}, name='s3')
sockets['proxy'] = eventlet.listen((address, int(port)))
servers = [
    eventlet.spawn(
        eventlet.wsgi.server, sockets[name], app, log, protocol=SwiftHttpProtocol, capitalize_response_headers=False, log_output=False
    )
    for name, app in {**apps, 'proxy': serve}.items()
]
eventlet.sleep(0)
made = make_pre_authed_request({'swift.cache': NoCache()}, 'PUT', f'/v1/AUTH_{account}/{bucket}').get_response(serve)
if made.status_int not in (201, 202):
    sys.exit(f'the bucket could not be made: {made.status}')
print('ready', flush=True)
servers[-1].wait()
