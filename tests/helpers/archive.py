#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""archive.py --list: prints hostile archives: "NAME WANTED [OPTION]...", where WANTED is
  refused   status 125, and nothing is left
  harmless  status 0, and all of a root file system, of which the file "end" is the last
  either    one of these two: no standard says which
archive.py NAME OUTPUT [VICTIM]: writes one of them; it may be a layout directory.
archive.py --all DIRECTORY [VICTIM]: writes all of them, each by its name.

They reach for the files of the directory VICTIM and for "sentinel", a file beside the new directory
and one above it. Tests import the functions to make archives of their own."""
import gzip
import hashlib
import json
import lzma
import os
import sys
import zlib

VICTIM = (sys.argv + ['/victim'] * 3)[3]
MACHINE = {'x86_64': 'amd64', 'aarch64': 'arm64', 'armv7l': 'arm'}.get(os.uname().machine, 'none')
EVIL = '\x1b[31m\nselfdock-unpack: done'
END = bytes(1024)


# Tar, field by field. A field that is bytes or a string is written as it is.

def raw(text):
    return text if isinstance(text, bytes) else text.encode('utf-8', 'surrogateescape')


def field(value, width):
    if not isinstance(value, int):
        return raw(value)[:width].ljust(width, b'\0')
    if 0 <= value < 8 ** (width - 1):
        return b'%0*o\0' % (width - 1, value)
    return bytes([0x80 if value > 0 else 0xff]) + \
        (value % 256 ** (width - 1)).to_bytes(width - 1, 'big')


def head(name, kind='0', mode=0o644, uid=0, gid=0, size=0, mtime=10 ** 9, link='',
         magic=b'ustar\x0000', major=0, minor=0, prefix='', checksum=None):
    first = b''.join(map(field, (name, mode, uid, gid, size, mtime), (100, 8, 8, 8, 12, 12)))
    rest = b''.join(map(field, (kind, link, magic, '', '', major, minor, prefix, ''),
                        (1, 100, 8, 32, 32, 8, 8, 155, 12)))
    if checksum is None:
        checksum = b'%06o\0 ' % (sum(first) + 8 * 32 + sum(rest))
    return first + checksum + rest


def entry(name, data='', kind='0', **fields):
    data = raw(data)
    return head(name, kind, **{'size': len(data), **fields}) + data + bytes(-len(data) % 512)


def folder(name, mode=0o755, **fields):
    return entry(name + '/', kind='5', mode=mode, **fields)


def link(name, target, kind='2', **fields):
    return entry(name, kind=kind, link=target, mode=0o777, **fields)


def hard(name, target):
    return link(name, target, '1')


def pax(values, kind='x'):
    """A header of these records, each of which begins with its own length; or of these bytes."""
    body = b'' if isinstance(values, dict) else values
    for key, value in values.items() if isinstance(values, dict) else ():
        text = b' ' + raw(key) + b'=' + raw(value) + b'\n'
        length = len(text) + 1
        while len(str(length)) + len(text) > length:
            length += 1
        body += b'%d' % length + text
    return entry('PaxHeader', body, kind)


def long(name, kind='L'):
    return entry('././@LongLink', raw(name) + b'\0', kind)


def tar(*entries):
    return b''.join(entries) + entry('end', 'end\n') + END


# Images: files by their names. Bytes are those of a file, a string is where a link leads to, and
# None is a FIFO.

def digest(data):
    return 'sha256:' + hashlib.sha256(data).hexdigest()


def dump(value):
    return json.dumps(value).encode()


def put(files, data, kind, **more):
    """Adds a blob, and returns its descriptor."""
    files['blobs/' + digest(data).replace(':', '/')] = data
    return {'mediaType': 'application/vnd.oci.image.' + kind, 'digest': digest(data),
            'size': len(data), **more}


def config_of(layers, change, words):
    config = {'architecture': MACHINE, 'os': 'linux', 'config': words,
              'rootfs': {'type': 'layers', 'diff_ids': [digest(layer) for layer in layers]}}
    change(config)
    return dump(config)


def oci(*layers, config=bool, manifest=bool, index=bool, then=bool, packer=bytes, files=None,
        descriptor=(), **words):
    """A layout, or one more image in it. Each function changes what is named like it before that
    is written, "then" all files; of one layer the first four are the layer, its config, its
    manifest and index.json."""
    files = {} if files is None else files
    kind = 'layer.v1.tar' if packer is bytes else 'layer.v1.tar+gzip'
    inner = {'schemaVersion': 2, 'layers': [put(files, packer(layer), kind) for layer in layers],
             'config': put(files, config_of(layers, config, words), 'config.v1+json')}
    manifest(inner)
    outer = json.loads(files.get('index.json', '{"schemaVersion": 2, "manifests": []}'))
    outer['manifests'].append(put(files, dump(inner), 'manifest.v1+json', **dict(descriptor)))
    index(outer)
    files['index.json'] = dump(outer)
    files['oci-layout'] = b'{"imageLayoutVersion": "1.0.0"}'
    then(files)
    return files


def docker(*layers, tags=('one:1',), then=None, files=None, config=bool, **words):
    """What "docker save" wrote before version 25, or one more image in it. "then" changes
    the image in manifest.json and what is left of the files."""
    files, listed = {} if files is None else files, {'RepoTags': tags, 'Layers': []}
    for layer in layers:
        listed['Layers'].append(digest(layer)[7:] + '/layer.tar')
        files[listed['Layers'][-1]] = layer
    listed['Config'] = digest(config_of(layers, config, words))[7:] + '.json'
    files[listed['Config']] = config_of(layers, config, words)
    if then:
        then(listed, files)
    files['manifest.json'] = dump(json.loads(files.get('manifest.json', '[]')) + [listed])
    return files


def nested(files, depth=1):
    """The index is so many levels down."""
    for _ in range(depth):
        files['index.json'] = dump({'schemaVersion': 2, 'manifests': [
            put(files, files['index.json'], 'index.v1+json')]})
    return files


def pack(files):
    made = {bytes: entry, str: link, type(None): lambda name, _: entry(name, kind='6')}
    return b''.join(made[type(data)](name, data) for name, data in files.items()) + END


def image(*layers, **more):
    return pack(oci(*layers or [tar()], **more))


def saved(*layers, **more):
    return pack(docker(*layers or [tar()], **more))


# How the cases spoil all this.

def layers(*entries):
    """Each list of entries is a layer above one with links that lead outside."""
    below = tar(link('out', VICTIM), link('up', '../..'), folder('d'), entry('d/file', 'low'))
    return image(below, *[tar(*each) for each in entries])


def swap(number, data):
    """One of an image's files becomes something else; edit replaces a part of it."""
    return lambda *parts: parts[-1].update({list(parts[-1])[number]: data})


def edit(number, old, new):
    return lambda files: swap(number, files[list(files)[number]].replace(old, new))(files)


def zeros(megabytes, packer):
    """A tar with a file of zeros, squeezed."""
    parts = [entry('zeros', size=megabytes << 20)] + [bytes(1 << 20)] * megabytes + [tar()]
    return b''.join(map(packer.compress, parts)) + packer.flush()


def zstd(data, window=b'\x50', count=0):
    """A frame of one block that is stored, and of so many blocks of 128K of zeros."""
    return b'\x28\xb5\x2f\xfd\0' + window + (len(data) << 3).to_bytes(3, 'little') + data + \
        ((131072 << 3 | 2).to_bytes(3, 'little') + b'\0') * count + b'\1\0\0'


CASES = {}


def rows(group, make, table):
    """Cases that differ in a value. What they are named by begins with the group."""
    for key, value in table.items():
        CASES[f'{group}-{key}'] = lambda value=value: make(value)


rows('name', lambda name: tar(entry(name, 'x')), {
    'up refused': '../sentinel', 'up-middle refused': 'a/../../sentinel',
    'up-inside refused': 'a/../b', 'up-last refused': 'a/..',
    'up-twice refused': './../../sentinel',
    'up-absolute refused': '/../sentinel', 'message refused': '../' + EVIL, 'empty refused': '',
    'dot refused': '.', 'root refused': '/', 'dot-slash either': './', 'dots harmless': '..a/...',
    'absolute harmless': VICTIM + '/file', 'slashes harmless': f'//.//{VICTIM}/./file',
    'proc harmless': f'proc/self/root{VICTIM}/file', 'dev harmless': 'dev/null',
    'newline harmless': 'a\nb', 'escape harmless': EVIL, 'bytes harmless': b'\xff\xfe',
    'backslash harmless': '..\\..\\sentinel', 'unended harmless': 'a' * 100, 'dash harmless': '-v'})
rows('pax-name', lambda name: tar(pax({'path': name}), entry('x', 'x')), {
    'up refused': '../sentinel', 'nul refused': 'a\0b', 'nul-up refused': 'a\0/../../sentinel',
    'absolute harmless': VICTIM + '/file', '255 harmless': 'a' * 255, '300 refused': 'a' * 300,
    '5000 either': ('a' * 99 + '/') * 50 + 'a', 'deep harmless': 'a/' * 500 + 'a',
    'empty either': ''})
rows('tar', lambda parts: tar(*parts), {
    'prefix-up refused': [entry('sentinel', 'x', prefix='..')],
    'gnu-up refused': [long('../sentinel'), entry('x', 'x')],
    'gnu-10M refused': [long('a' * 10 ** 7), entry('x', 'x')],
    'gnu-twice either': [long('a'), long('b'), entry('x', 'x')],
    'gnu-nul either': [long('a\0/../../sentinel'), entry('x', 'x')],
    'gnu-link-up refused': [long('../sentinel', 'K'), hard('h', 'x')],
    'pax-twice either': [pax({'path': 'a'}), pax({'mtime': '1'}), entry('x', 'x')],
    'pax-gnu either': [pax({'path': 'a'}), long('b'), entry('x', 'x')],
    'pax-link-up refused': [pax({'linkpath': '../sentinel'}), hard('h', 'x')],
    'pax-size harmless': [pax({'size': '3'}), entry('x', 'abc', size=0)],
    'global harmless': [pax({'comment': 'x'}, 'g'), entry('x', 'x')],
    'global-up either': [pax({'path': '../sentinel'}, 'g'), entry('x', 'x')],
    'device harmless': [entry('sda', kind='4', major=8), entry('null', kind='3', major=1, minor=3)],
    'device-huge either': [entry('sda', kind='4', major=-1, minor=2 ** 40)],
    'root-link refused': [link('.', VICTIM)], 'root-link-slash refused': [link('./', VICTIM)],
    'root-hard refused': [entry('x', 'x'), hard('.', 'x')],
    'root-fifo refused': [entry('/', kind='6')], 'root-folder harmless': [folder('.')],
    'file-parent either': [entry('x', 'x'), entry('x/y', 'y')],
    'folder-data either': [entry('d/', 'data', '5')],
    'zero-block either': [entry('x'), bytes(512)]})
rows('link', lambda parts: tar(*parts), {
    'only harmless': [link('l', VICTIM), link('m', '../sentinel'), link('n', '/etc/shadow')],
    'up harmless': [link('l', '../..'), entry('l/sentinel', 'x')],
    'top harmless': [link('etc', '../../..'), entry('etc/sentinel', 'x')],
    'absolute either': [link('l', VICTIM), entry('l/file', 'x')],
    'there harmless': [folder(VICTIM), link('l', VICTIM), entry('l/file', 'x')],
    'chain harmless': [link('a', 'b'), link('b', 'c'), link('c', '../..'), entry('a/sentinel')],
    'loop refused': [link('a', 'b'), link('b', 'a'), entry('a/x')],
    'self refused': [link('a', 'a'), entry('a/x')],
    'to-file harmless': [link('l', VICTIM + '/file'), entry('l', 'x')],
    'to-file-up harmless': [link('l', '../sentinel'), entry('l', 'x')],
    'to-folder harmless': [link('l', VICTIM), folder('l', 0o777), entry('l/file', 'x')],
    'to-fifo harmless': [link('l', VICTIM + '/file'), entry('l', kind='6')],
    'from-folder harmless': [folder('d', 0o777, mtime=1), entry('d/file'), link('d', VICTIM)],
    'from-folder-up harmless': [folder('d', 0o777, mtime=1), link('d', '..')],
    'from-parent harmless': [folder('p/dir', 0o777, mtime=1), link('p', VICTIM)],
    'folder-below either': [link('l', VICTIM), folder('l/dir', 0o777), folder('l', 0o777)],
    'folder-below-up harmless': [link('l', '../..'), folder('l/dir', 0o777, mtime=1)],
    'fifo-below-up harmless': [link('l', '../..'), entry('l/fifo', kind='6')],
    'slash either': [link('l', VICTIM), entry('l/', 'x')],
    'proc either': [link('l', '/proc/self/root'), entry(f'l{VICTIM}/file', 'x')],
    'cwd either': [link('l', '/proc/self/cwd/..'), entry('l/sentinel', 'x')],
    'init either': [link('l', '/proc/1/root'), entry(f'l{VICTIM}/file', 'x')],
    'fd either': [link('l', '/proc/self/fd/3'), entry('l/sentinel', 'x')],
    'deep either': [pax({'path': 'a/' * 1000 + 'x'}), entry('x'), pax({'linkpath': 'a/' * 1000}),
                    link('l', 'x'), pax({'path': 'l/' + 'a/' * 1000 + 'y'}), entry('y')],
    'long refused': [pax({'linkpath': 'a' * 5000}), link('l', 'a')],
    'nul refused': [pax({'linkpath': 'a\0b'}), link('l', 'a')], 'empty refused': [link('l', '')]})
rows('hard', lambda parts: tar(*parts), {
    'absolute refused': [hard('h', VICTIM + '/file')], 'up refused': [hard('h', '../sentinel')],
    'through refused': [link('l', VICTIM), hard('h', 'l/file')],
    'through-up refused': [link('l', '..'), hard('h', 'l/sentinel')],
    'link refused': [link('l', VICTIM + '/file'), hard('h', 'l')],
    'link-up refused': [link('l', '../sentinel'), hard('h', 'l'), entry('h', 'x')],
    'folder refused': [folder('d'), hard('h', 'd')], 'root refused': [hard('h', '.')],
    'fifo refused': [entry('f', kind='6'), hard('h', 'f')], 'empty refused': [hard('h', '')],
    'self refused': [hard('h', 'h')], 'self-there either': [entry('h', 'x'), hard('h', 'h')],
    'missing refused': [hard('h', 'none')], 'proc refused': [hard('h', '/proc/self/exe')],
    'dev either': [entry('dev/x', 'x'), hard('h', 'dev/x')],
    'data either': [entry('x', 'x'), entry('h', 'data', '1', link='x')],
    'rewritten harmless': [entry('x', 'x'), hard('h', 'x'), entry('h', 'y')]})
rows('whiteout', lambda name: layers([entry(name)]), {
    'empty refused': '.wh.', 'dot refused': '.wh..', 'dotdot refused': '.wh...',
    'dotdot-below refused': 'd/.wh...', 'up refused': '../.wh.sentinel',
    'up-inside refused': 'd/../.wh.out', 'of-link harmless': '.wh.out', 'missing harmless': '.wh.x',
    'through either': 'out/.wh.file', 'through-up harmless': 'up/.wh.sentinel',
    'no-parent either': 'none/.wh.none', 'opaque-through either': 'out/.wh..wh..opq',
    'opaque-up harmless': 'up/.wh..wh..opq', 'opaque-root harmless': '.wh..wh..opq',
    'opaque-file either': 'd/file/.wh..wh..opq', 'aufs either': '.wh..wh.plnk',
    'twice either': '.wh..wh.d', 'parent either': '.wh.d/file'})
rows('layers', lambda parts: layers(*parts), {
    'whiteout-folder either': [[folder('.wh.d')]],
    'whiteout-link either': [[link('.wh.d', VICTIM)]],
    'whiteout-hard either': [[entry('d/.wh.file'), hard('h', 'd/file')]],
    'whiteout-later either': [[link('d', VICTIM)], [entry('d/.wh.file')]],
    'hard-through refused': [[hard('h', 'out/file')]], 'through either': [[entry('out/file', 'x')]],
    'through-up harmless': [[entry('up/sentinel', 'x')]],
    'to-folder harmless': [[link('d', VICTIM)], [folder('d', 0o777), entry('d/file', 'x')]]})
rows('size', lambda size: tar(entry('x', 'x', size=size)), {
    'negative refused': -1, 'negative-octal refused': b'-0000000001\0', 'huge refused': 8 ** 11 - 1,
    'base256 refused': 2 ** 63, 'wrapped refused': 2 ** 64 + 1, 'most refused': 2 ** 88 - 1,
    'letters refused': b'zzzz', 'digit refused': b'00000000008\0', 'none refused': b''})
rows('pax-size', lambda size: tar(pax({'size': size}), entry('x', 'x')), {
    'negative refused': '-1', 'huge refused': '9' * 20, 'wrapped refused': str(2 ** 64 + 1),
    'junk refused': '1x', 'hex refused': '0x1', 'fraction refused': '1.0', 'plus either': '+1',
    'empty either': '', 'blank either': ' 1'})
rows('field', lambda fields: tar(entry('x', 'x', **fields)), {
    'mode-letters refused': {'mode': b'rwx'}, 'mode-huge either': {'mode': 0o7777777},
    'mode-negative either': {'mode': -1}, 'uid-letters refused': {'uid': b'root'},
    'uid-negative either': {'uid': -1}, 'uid-most either': {'uid': 2 ** 32 - 1},
    'uid-huge either': {'gid': 2 ** 40}, 'mtime-letters refused': {'mtime': b'now'},
    'mtime-huge either': {'mtime': 2 ** 62}, 'mtime-most either': {'mtime': 2 ** 80},
    'mtime-negative either': {'mtime': -1}, 'checksum refused': {'checksum': b'000000\0 '},
    'checksum-blank refused': {'checksum': b' ' * 8}, 'kind refused': {'kind': 'Z'},
    'sparse refused': {'kind': 'S'}, 'kind-M refused': {'kind': 'M'},
    'kind-D refused': {'kind': 'D'},
    'kind-V either': {'kind': 'V'}, 'contiguous either': {'kind': '7'},
    'v7 harmless': {'kind': b'\0', 'magic': b''}, 'gnu harmless': {'magic': b'ustar  \0'},
    'magic either': {'magic': b'USTAR'}})
rows('pax', lambda body: tar(pax(body), entry('x', 'x')), {
    'long refused': b'99 path=a\n', 'short refused': b'5 path=a\n', 'zero refused': b'0 path=a\n',
    'huge refused': b'99999999999999999999 path=a\n', 'negative refused': b'-9 path=a\n',
    'wrapped refused': b'18446744073709551645 path=a\n', 'letters refused': b'xx path=a\n',
    'no-length refused': b' path=a\n', 'no-equals refused': b'8 patha\n', 'lines refused': b'\n\n',
    'no-newline refused': b'10 path=ab', 'tail refused': b'9 path=a\njunk', 'none either': b'',
    'no-key either': b'5 =a\n', 'zeros either': b'00013 path=a\n', 'no-blank refused': b'8path=a\n',
    'sparse refused': {'GNU.sparse.major': '1', 'GNU.sparse.name': 'a', 'GNU.sparse.realsize': '1'},
    'sparse-old refused': {'GNU.sparse.size': '5', 'GNU.sparse.map': '0,1'},
    'security harmless': {'SCHILY.xattr.security.capability': bytes([0, 0, 0, 2] + [0] * 16)},
    'trusted harmless': {'SCHILY.xattr.trusted.overlay.opaque': 'y'},
    'xattr-no-name either': {'SCHILY.xattr.': 'x'},
    'xattr-evil either': {'SCHILY.xattr.' + EVIL: 'x'},
    'xattr-long either': {'SCHILY.xattr.user.a': 'x' * 70000},
    'acl either': {'SCHILY.xattr.system.posix_acl_access': 'junk'},
    'mtime-negative harmless': {'mtime': '-1.5'}, 'mtime-letters refused': {'mtime': 'now'},
    'mtime-huge either': {'mtime': '9' * 30}, 'mtime-digits harmless': {'mtime': '1.' + '9' * 30},
    'uid-negative either': {'uid': '-1'}, 'uid-huge either': {'gid': '9' * 20},
    'unknown harmless': {'comment': 'x', 'VENDOR.x': EVIL},
    '10M either': {'comment': 'x' * 10 ** 7}})
rows('cut', lambda size: tar(entry('x', 'x' * 600))[:size], {
    'header refused': 100, 'data refused': 700, 'padding refused': 1200, 'second refused': 1700})
rows('end', lambda data: data, {
    'missing either': tar()[:-1024], 'half either': tar()[:-512], 'part either': tar()[:-900],
    'zeros harmless': tar() + bytes(9216), 'junk either': tar() + b'junk' * 200,
    'pax refused': pax({'path': 'a'}) + END, 'gnu refused': long('a') + END,
    'second either': tar() + tar(), 'empty refused': b'', 'text refused': b'text\n' * 300,
    'random refused': hashlib.shake_128(b'').digest(5000), 'zip refused': b'PK\3\4' + bytes(2000)})
rows('gzip', lambda change: change(gzip.compress(tar(), mtime=0)), {
    'whole harmless': bytes, 'cut refused': lambda all: all[:-20],
    'cut-sum refused': lambda all: all[:-4], 'sum refused': lambda all: all[:-8] + bytes(8),
    'spoilt refused': lambda all: all[:20] + b'\xff' * 20 + all[40:],
    'junk either': lambda all: all + b'junk', 'twice either': gzip.compress,
    'parts harmless': lambda all: gzip.compress(tar()[:700]) + gzip.compress(tar()[700:]),
    'parts-cut refused': lambda all: gzip.compress(tar()[:700]) + all[:9],
    'empty refused': lambda all: gzip.compress(b''), 'magic refused': lambda all: all[:2],
    'name harmless': lambda all: all[:3] + b'\x08' + all[4:10] + b'../sentinel\0' + all[10:]})
rows('xz', lambda change: change(lzma.compress(tar())), {
    'whole harmless': bytes, 'cut refused': lambda all: all[:-20],
    'magic refused': lambda all: all[:6],
    'spoilt refused': lambda all: all[:50] + bytes([all[50] ^ 1]) + all[51:]})
rows('zstd', lambda data: data, {
    'whole harmless': zstd(tar()), 'cut refused': zstd(tar())[:-5], 'magic refused': zstd(b'')[:4],
    'window refused': zstd(tar(), b'\xff'), 'block refused': zstd(tar())[:-3] + b'\7\0\0'})
rows('bomb', lambda make: make(), {
    'gzip refused --max-size 10M': lambda: zeros(300, zlib.compressobj(1, zlib.DEFLATED, 31)),
    'xz refused --max-size 10M': lambda: zeros(30, lzma.LZMACompressor(preset=0)),
    'zstd refused --max-size 10M': lambda: zstd(entry('zeros', size=300 << 20), count=2400),
    'layer refused --max-size 10M':
        lambda: image(tar(entry('zeros', bytes(30 << 20))), packer=gzip.compress),
    'said refused --max-size 10M': lambda: tar(entry('x', size=20 << 20)),
    'sum refused --max-size 1M': lambda: tar(*[entry(f'{at}', bytes(99999)) for at in range(20)]),
    'files refused --max-files 1000': lambda: tar(*[entry(f'f{at}') for at in range(30000)]),
    'hard refused --max-files 1000':
        lambda: tar(entry('x'), *[hard(f'h{at}', 'x') for at in range(2000)]),
    'parents refused --max-files 1000':
        lambda: tar(*[entry(f'{at}/' + 'a/' * 46 + 'x') for at in range(50)])})
SUM, BLOB = digest(tar()), len(tar())
rows('digest', lambda text: image(manifest=lambda all: all['layers'][0].update(digest=text)), {
    'path refused': 'sha256:../../../../../../../../etc/passwd', 'evil refused': 'sha256:' + EVIL,
    'path-64 refused': 'sha256:' + '../' * 18 + 'etc/passwd',
    'upper refused': SUM[:7] + SUM[7:].upper(),
    'short refused': SUM[:-1], 'long refused': SUM + '0', 'bare refused': SUM[7:],
    'null refused': None,
    'sha512 refused': 'sha512:' + SUM[7:] * 2, 'name refused': 'SHA256:' + SUM[7:],
    'nul refused': SUM + '\0', 'line refused': SUM + '\n', 'number refused': 5,
    'list refused': [SUM], 'other refused': digest(b'')})
rows('config-digest', lambda text: image(manifest=lambda all: all['config'].update(digest=text)), {
    'path refused': 'sha256:../../../../etc/passwd', 'other refused': SUM, 'null refused': None})
rows('blob-size', lambda size: image(manifest=lambda all: all['layers'][0].update(size=size)), {
    'less refused': BLOB - 1, 'more refused': BLOB + 1, 'negative refused': -1, 'zero refused': 0,
    'string refused': str(BLOB), 'wrapped refused': 2 ** 64 + BLOB, 'fraction refused': BLOB + .5,
    'null refused': None})
rows('image', lambda change: image(**change), {
    'layer-spoilt refused': {'then': edit(0, b'end\n', b'END\n')},
    'config-spoilt refused': {'then': edit(1, b'linux', b'linuy')},
    'manifest-spoilt refused': {'then': edit(2, b'Version": 2', b'Version": 3')},
    'manifest-size refused': {'index': lambda all: all['manifests'][0].update(size=5)},
    'config-size refused': {'manifest': lambda all: all['config'].update(size=5)},
    'layer-missing refused': {'then': lambda files: files.pop(list(files)[0])},
    'config-missing refused': {'then': lambda files: files.pop(list(files)[1])},
    'manifest-missing refused': {'then': lambda files: files.pop(list(files)[2])},
    'layer-link refused': {'then': swap(0, '/etc/shadow')},
    'layer-fifo refused': {'then': swap(0, None)},
    'config-link refused': {'then': swap(1, '/etc/passwd')},
    'key-twice either': {'then': edit(3, b'"digest"', b'"digest": "x", "digest"')},
    'list-twice either': {'then': edit(3, b'{"schema', b'{"manifests": [], "schema')},
    'no-such refused --image none': {}, 'platform refused --platform plan9/mips':
        {'descriptor': {'platform': {'os': 'linux', 'architecture': MACHINE}}}})
rows('json', lambda text: image(then=swap(3, text)), {
    'cut refused': b'{"manifests": [{"digest": "sha', '10M refused': b'[' * 10 ** 7,
    'text refused': b'x',
    'braces refused': b'{"a":' * 10 ** 6, 'number refused': b'5', 'null refused': b'null',
    'nul refused': bytes(99), 'empty refused': b'', 'escape refused': b'{"manifests\\u',
    'object refused': b'{"manifests": {}}', 'string refused': b'{"manifests": "x"}',
    'numbers refused': b'{"manifests": [1]}', 'none refused': b'{"manifests": []}'})
rows('manifest', lambda values: image(manifest=lambda all: all.update(values)), {
    'layers-string refused': {'layers': 'x'}, 'layers-null refused': {'layers': None},
    'layers-numbers refused': {'layers': [1]}, 'layers-object refused': {'layers': {}},
    'layers-none refused': {'layers': []}, 'config-string refused': {'config': 'x'},
    'config-null refused': {'config': None}, 'config-list refused': {'config': []}})
rows('config', lambda values: image(config=lambda all: all.update(values)), {
    'rootfs-list refused': {'rootfs': []}, 'rootfs-null refused': {'rootfs': None},
    'list either': {'config': []}, 'env-string either': {'config': {'Env': 'A=1'}},
    'env-odd either': {'config': {'Env': ['', '=', 'A', '=A', 'A=', 1, None]}},
    'cmd-string either': {'config': {'Cmd': 'sh'}}, 'cmd-nul either': {'config': {'Cmd': ['a\0b']}},
    'cmd-half either': {'config': {'Cmd': ['\ud800']}},
    'machine-line either': {'architecture': f'x\n-v\n{VICTIM}\n/'}})
rows('ids', lambda ids: image(config=lambda all: all['rootfs'].update(diff_ids=ids)), {
    'none refused': [], 'null refused': None, 'more refused': [SUM, SUM], 'string refused': SUM,
    'wrong refused': [digest(b'')], 'numbers refused': [1], 'bare refused': [SUM[7:]]})
# No line of DIR.args may be what is on a line of these.
rows('args', lambda words: image(**words), {
    f'{key.lower()} either': {key: [text] if key in ('Env', 'Cmd', 'Entrypoint') else text}
    for key in ('Env', 'Cmd', 'Entrypoint', 'WorkingDir', 'User', 'StopSignal')
    for text in [f'A=1\n-v\n{VICTIM}\n/mnt']})
rows('saved', lambda values: saved(then=lambda listed, files: listed.update(values)), {
    'up refused': {'Layers': ['../sentinel']}, 'absolute refused': {'Layers': ['/etc/passwd']},
    'missing refused': {'Layers': ['none']}, 'string refused': {'Layers': 'x'},
    'none refused': {'Layers': []},
    'null refused': {'Layers': None}, 'numbers refused': {'Layers': [1]},
    'proc refused': {'Layers': ['/proc/self/fd/0']}, 'config-up refused': {'Config': '../sentinel'},
    'config-absolute refused': {'Config': '/etc/passwd'},
    'config-missing refused': {'Config': 'none'}, 'config-null refused': {'Config': None}})
rows('saved-layer', lambda data: saved(then=swap(0, data)), {
    'link-up refused': '../../../sentinel', 'link-absolute refused': '/etc/passwd',
    'link-self refused': 'layer.tar',
    'link-proc refused': '/proc/self/fd/0', 'fifo refused': None, 'spoilt refused': tar(entry('x')),
    'text refused': b'x'})
rows('packed', lambda make: make(), {
    'two refused': lambda: saved(tar(entry('x')), tags=['two:1'], files=docker(tar())),
    'two-evil refused': lambda: saved(tar(entry('x')), tags=[EVIL, 5], files=docker(tar())),
    'two-layouts refused':
        lambda: image(tar(entry('x')), descriptor={'annotations': {'x': EVIL}}, files=oci(tar())),
    'manifest-junk either': lambda: pack({'manifest.json': b'junk', 'end': b'end\n'}),
    'manifest-link either': lambda: pack({'manifest.json': '/etc/passwd', 'end': b'end\n'}),
    'index-twice either': lambda: pack(oci(tar()))[:-1024] + entry('index.json', 'x') + END,
    'up either': lambda: entry('../sentinel', 'x') + image(),
    'deep either': lambda: pack(nested(oci(tar()), 100)),
    'itself refused': lambda: pack(itself(nested(oci(tar())))),
    'text refused': lambda: image(b'text'),
    'gzip-cut refused': lambda: image(packer=lambda all: gzip.compress(all)[:-20])})
rows('folder', lambda change: oci(tar(), then=change), {
    f'{part}-{kind} refused': swap(number, data)
    for number, part in enumerate(('layer', 'config', 'manifest', 'index'))
    for kind, data in {'link': '/etc/shadow', 'up': '../../../sentinel', 'fifo': None,
                       'zero': '/dev/zero'}.items()})
CASES['folder-none refused'] = dict


def itself(files):
    """An index that names itself, by a digest that it cannot have."""
    files[list(files)[-1]] = files['index.json']
    return files


def save(path, data):
    """Bytes become a file, the files of a layout a directory."""
    if isinstance(data, bytes):
        with open(path, 'wb') as file:
            file.write(data)
        return
    os.mkdir(path)
    for name, content in data.items():
        where = os.path.join(path, name)
        os.makedirs(os.path.dirname(where), exist_ok=True)
        if content is None:
            os.mkfifo(where)
        elif isinstance(content, str):
            os.symlink(content, where)
        else:
            save(where, content)


if __name__ == '__main__':
    if sys.argv[1] == '--list':
        print(*CASES, sep='\n')
    for case, make in CASES.items():
        name = case.split()[0]
        if sys.argv[1] == '--all':
            save(os.path.join(sys.argv[2], name), make())
        elif sys.argv[1] == name:
            save(sys.argv[2], make())
