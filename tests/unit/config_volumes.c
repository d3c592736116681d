/* Volumes, where they are mounted, and the root of a container. */
#include "tests/unit/podfile.h"

#include <stdlib.h>
#include <unistd.h>

static void test_the_example_of_the_manual(void **state)
{
	const struct ctr_spec *web;

	(void)state;
	/* Proves: K8s 1.6.1, 8.6.2 */
	good("[pod]\nname = shop\n\n[volume data]\nemptyDir.medium = Memory\n"
	     "emptyDir.sizeLimit = 64Mi\n\n[init migrate]\n"
	     "command = /bin/sh -c \"migrate --to /data; touch /data/ready\"\n"
	     "volumeMounts.data = /data\n\n[sidecar logs]\ncommand = /bin/tail -F "
	     "/data/access.log\n"
	     "volumeMounts.data = /data:ro\n\n[container web]\nrootfs = /images/web.squashfs\n"
	     "command = /bin/httpd -f -p 8080 -h /data\nvolumeMounts.data = /data\n"
	     "resources.limits.memory = 64Mi\nresources.limits.cpu = 500m\n"
	     "securityContext.runAsUser = 101\nsecurityContext.capabilities.drop = ALL\n");
	assert_int_equal(spec.n_volumes, 1);
	assert_int_equal(spec.volume[0].kind, VOLUME_EMPTY_DIR);
	assert_true(spec.volume[0].memory && spec.volume[0].size_limit == 64 << 20);
	assert_true(spec.prepare);
	web = &spec.ctr[2];
	assert_string_equal(web->rootfs, "/images/web.squashfs");
	assert_int_equal(web->n_mounts, 1);
	assert_string_equal(web->mount[0].path, "/data");
	assert_false(web->mount[0].read_only);
	assert_true(spec.ctr[1].mount[0].read_only);
	assert_true(web->security.caps.none && web->security.user == 101);
	assert_true(web->resources.cpu_limit == 500 && web->resources.memory_limit == 64 << 20);
}

static void test_empty_directories(void **state)
{
	(void)state;
	/* Proves: K8s 1.1.8, 1.6.1, 8.6.2 */
	good("[volume a]\n[volume b]\nemptyDir.sizeLimit = 1\n[volume c]\nemptyDir.medium = \n"
	     "emptyDir.sizeLimit = 0\n[volume d]\nemptyDir.medium = Memory\n" A);
	assert_int_equal(spec.n_volumes, 4);
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(spec.volume[i].kind, VOLUME_EMPTY_DIR);
		assert_true(spec.volume[i].memory == (i == 1 || i == 3));
		assert_true(spec.volume[i].size_limit == (i == 1));
	}
	assert_string_equal(spec.volume[3].name, "d");
	assert_int_equal(spec.volume[1].line, 2);
	assert_true(spec.prepare);
	BAD("[volume a]\nemptyDir.medium = HugePages\nemptyDir.sizeLimit = 1 GB\n" A,
	    "emptyDir.medium: podinit does not have huge pages",
	    "emptyDir.sizeLimit: must be a quantity");
	BAD("[volume a]\nemptyDir = {}\n" A,
	    "emptyDir: podinit does not have this: a [volume NAME] without any key is an empty");
}

static void test_host_paths(void **state)
{
	static const struct {
		const char *word;
		enum host_path_type type;
	} types[] = {{"", HOST_PATH_ANY},
		     {"Directory", HOST_PATH_DIRECTORY},
		     {"DirectoryOrCreate", HOST_PATH_DIRECTORY_OR_CREATE},
		     {"File", HOST_PATH_FILE},
		     {"FileOrCreate", HOST_PATH_FILE_OR_CREATE},
		     {"Socket", HOST_PATH_SOCKET},
		     {"CharDevice", HOST_PATH_CHAR_DEVICE},
		     {"BlockDevice", HOST_PATH_BLOCK_DEVICE}};
	char text[256];

	(void)state;
	/* Proves: K8s 1.6.2 */
	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		snprintf(text, sizeof text, "[volume a]\nhostPath.path = x\nhostPath.type = %s\n" A,
			 types[i].word);
		good(text);
		assert_int_equal(spec.volume[0].kind, VOLUME_HOST_PATH);
		assert_int_equal(spec.volume[0].type, types[i].type);
		assert_string_equal(spec.volume[0].source, "/dir/x");
	}
	good("[volume a]\nhostPath.path = /a/..b/c..\n" A);
	assert_int_equal(spec.volume[0].type, HOST_PATH_ANY);
	BAD("[volume b]\nhostPath.type = Dir\n" A,
	    ":2: [volume b] hostPath.type: must be one of Directory, DirectoryOrCreate, File");
	BAD("[volume a]\nhostPath.path = /a/../b\n[volume b]\nhostPath.type = File\n[volume c]\n"
	    "hostPath.path = ..\n[volume d]\nhostPath.path =\n" A,
	    ":2: [volume a] hostPath.path: must have no \"..\"",
	    ":4: [volume b] hostPath: needs hostPath.path", ":6: [volume c] hostPath.path: must",
	    ":8: [volume d] hostPath: needs hostPath.path");
}

static void test_devices_and_the_like(void **state)
{
	const struct volume_spec *v;

	(void)state;
	good("[volume a]\ndevice.source = /dev/vdb\ndevice.fsType = ext4\n"
	     "device.options = noatime,discard\ndevice.readOnly = true\n"
	     "[volume b]\ndevice.source = LABEL=my disk\n[volume c]\ndevice.source = img/c.img\n"
	     "[volume d]\nvirtiofs.tag = share\n[volume e]\n9p.tag = \"t g\"\n"
	     "[volume f]\ndevice.source = PARTUUID=1-2\n" A);
	v = spec.volume;
	assert_int_equal(v[0].kind, VOLUME_DEVICE);
	assert_string_equal(v[0].source, "/dev/vdb");
	assert_string_equal(v[0].fs_type, "ext4");
	assert_string_equal(v[0].options, "noatime,discard");
	assert_true(v[0].read_only && !v[1].read_only);
	assert_string_equal(v[1].source, "LABEL=my disk");
	assert_null(v[1].fs_type);
	assert_null(v[1].options);
	assert_string_equal(v[2].source, "/dir/img/c.img");
	assert_int_equal(v[3].kind, VOLUME_VIRTIOFS);
	assert_string_equal(v[3].source, "share");
	assert_int_equal(v[4].kind, VOLUME_9P);
	assert_string_equal(v[4].source, "t g");
	assert_string_equal(v[5].source, "PARTUUID=1-2");
	BAD("[volume a]\ndevice.source = UUID=\n[volume b]\ndevice.fsType = ext4\n[volume c]\n"
	    "virtiofs.tag =\n[volume d]\n9p.tag =\n" A,
	    "device.source: has nothing behind the \"=\"", "device: needs device.source",
	    "virtiofs: needs virtiofs.tag", "9p: needs 9p.tag");
}

static void test_a_volume_is_of_one_kind(void **state)
{
	(void)state;
	/* Proves: K8s 1.1.8 */
	BAD("[volume a]\nhostPath.path = /x\nemptyDir.medium = Memory\nsecret.items.x = y\n"
	    "configMap.items.x = y\n" A,
	    ":2: [volume a] hostPath: a volume is of one kind, and this one is of emptyDir already",
	    ":4: [volume a] secret: a volume is of one kind",
	    ":5: [volume a] configMap: a volume is of one kind");
	BAD("[volume a]\npersistentVolumeClaim.claimName = x\nnfs.server = y\nimage.reference = z\n"
	    "projected.sources = x\nconfigMap.name = x\nemptydir.medum = x\ncommand = x\n" A,
	    "persistentVolumeClaim.claimName: podinit does not have this: there is no cluster",
	    "nfs.server: podinit does not have this: podinit mounts nothing from the network",
	    "image.reference: podinit does not have this: podinit pulls no images",
	    "projected.sources: podinit does not have this: make each source a volume",
	    "configMap.name: podinit does not have this", "did you mean emptyDir.medium?",
	    "command: does not belong into a section of this kind");
}

static void write_file(const char *name, const char *bytes, size_t n)
{
	FILE *f = fopen(name, "we");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, n, f), n);
	fclose(f);
}

static void test_files(void **state)
{
	const struct volume_spec *v;
	char cwd[2048], text[8192];

	(void)state;
	/* Proves: K8s 1.6.3, 8.6.7 */
	assert_non_null(getcwd(cwd, sizeof cwd));
	write_file("build/item.txt", "a\0b\n", 4);
	snprintf(text, sizeof text,
		 "[volume c]\nconfigMap.items.app.conf = \"a = 1; b = 2\"\n"
		 "configMap.items.etc/x.d/y.path = %s/build/item.txt\nconfigMap.items.empty =\n"
		 "[volume s]\nsecret.items.key = k3y\nsecret.defaultMode = 0400\n" A,
		 cwd);
	good(text);
	v = &spec.volume[0];
	assert_int_equal(v->kind, VOLUME_FILES);
	assert_int_equal(v->n_items, 3);
	assert_string_equal(v->items[0].name, "app.conf");
	assert_string_equal(v->items[0].bytes, "a = 1; b = 2");
	assert_int_equal(v->items[0].n, 12);
	assert_string_equal(v->items[1].name, "etc/x.d/y");
	assert_int_equal(v->items[1].n, 4);
	assert_memory_equal(v->items[1].bytes, "a\0b\n", 4);
	assert_int_equal(v->items[2].n, 0);
	assert_true(v->mode == 0644 && !v->secret);
	assert_true(spec.volume[1].mode == 0400 && spec.volume[1].secret);
	BAD("[volume c]\nconfigMap.items.x.path = /no/such\nconfigMap.items.y.path =\n"
	    "[volume d]\nconfigMap.defaultMode = 0600\n[volume e]\nsecret.defaultMode = 420\n"
	    "secret.items.x = 1\n[volume f]\nsecret.items.x = 1\nsecret.defaultMode = 01000\n"
	    "[volume g]\nsecret.items.x = 1\nsecret.defaultMode = 0648\n" A,
	    "configMap.items.x.path: /no/such: No such file",
	    "configMap.items.y.path: must be the path of a file",
	    ":5: [volume d] configMap: needs configMap.items.FILE = TEXT",
	    ":7: [volume e] secret.defaultMode: must be octal and begin with 0",
	    "secret.defaultMode: must be at most 0777", "secret.defaultMode: must be octal");
}

static void test_names_of_files(void **state)
{
	static const char *const wrong[] = {"",     "/a", "..", "../a", "a/../b", "a/..", "..a",
					    "a//b", "a/", ".",  "./a",  "a/./b",  "/"};
	char text[512];

	(void)state;
	/* Proves: K8s 1.6.3, 8.6.7 */
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		snprintf(text, sizeof text, "[volume c]\nconfigMap.items.%s = x\n" A, wrong[i]);
		BAD(text, "the name of a file must");
		snprintf(text, sizeof text, "[volume c]\ndownwardAPI.items.%s = metadata.name\n" A,
			 wrong[i]);
		BAD(text, "the name of a file must");
	}
	memset(text, 'a', sizeof text);
	memcpy(text, "[volume c]\nconfigMap.items.", 27);
	strcpy(text + 27 + 256, " = x\n" A);
	BAD(text, "parts of 1 to 255 bytes");
	strcpy(text + 27 + 255, " = x\n" A);
	good(text);
	good("[volume c]\nsecret.items.a..b = 1\nsecret.items..hidden = 2\nsecret.items.a/..b = 3\n"
	     "secret.items.a.c = 4\nsecret.items..path = 5\n" A);
	assert_int_equal(spec.volume[0].n_items, 5);
	assert_string_equal(spec.volume[0].items[4].name, ".path");
	BAD("[volume c]\nconfigMap.items.a/b/c = 1\nconfigMap.items.a.d = 2\nconfigMap.items.a = "
	    "3\n"
	    "configMap.items.x = 4\nconfigMap.items.x.path = /dev/null\n" A,
	    ":2: [volume c] configMap.items.a/b/c: the file of line 4 is in the way",
	    ":6: [volume c] configMap.items.x.path: the file of line 5 is in the way");
}

static void test_files_that_are_too_large(void **state)
{
	size_t n = VOLUME_BYTES_MAX + 1;
	char *bytes = calloc(1, n), cwd[2048], text[8192];

	(void)state;
	assert_non_null(bytes);
	assert_non_null(getcwd(cwd, sizeof cwd));
	write_file("build/item.txt", bytes, n);
	snprintf(text, sizeof text, "[volume c]\nconfigMap.items.x.path = %s/build/item.txt\n" A,
		 cwd);
	BAD(text, "item.txt is larger than 1048576 bytes");
	write_file("build/item.txt", bytes, n - 1);
	good(text);
	snprintf(
		text, sizeof text,
		"[volume c]\nconfigMap.items.y = z\nconfigMap.items.x.path = %s/build/item.txt\n" A,
		cwd);
	BAD(text, ":2: [volume c] configMap: its files have more than 1048576 bytes");
	free(bytes);
	unlink("build/item.txt");
}

static const char *file_of(unsigned i)
{
	return spec.volume[0].items[i].bytes;
}

static void test_files_of_the_downward_api(void **state)
{
	(void)state;
	/* Proves: K8s 8.7.10, 8.7.11, 1.6.3 */
	good("[volume d]\ndownwardAPI.items.name = metadata.name\n"
	     "downwardAPI.items.labels = metadata.labels\n"
	     "downwardAPI.items.notes.path = metadata.annotations\n"
	     "downwardAPI.items.one = metadata.labels['tier']\n"
	     "downwardAPI.items.cpu = limits.cpu\ndownwardAPI.items.memory = requests.memory\n"
	     "downwardAPI.defaultMode = 0440\n"
	     "[pod]\nlabels.tier = back\nlabels.app = \"a \\\"b\\\" \\\\c\"\nlabels.z/y =\n"
	     "resources.limits.cpu = 2100m\n" A "resources.requests.memory = 1Ki\n");
	assert_int_equal(spec.volume[0].kind, VOLUME_FILES);
	assert_int_equal(spec.volume[0].mode, 0440);
	assert_string_equal(file_of(0), "shop");
	assert_string_equal(file_of(1), "app=\"a \\\"b\\\" \\\\c\"\ntier=\"back\"\nz/y=\"\"");
	assert_int_equal(spec.volume[0].items[1].n, strlen(file_of(1)));
	assert_string_equal(spec.volume[0].items[2].name, "notes.path");
	assert_string_equal(file_of(2), "");
	assert_string_equal(file_of(3), "back");
	assert_string_equal(file_of(4), "3");
	assert_string_equal(file_of(5), "1024");
	good("[pod]\nresources.limits.memory = 9\n[volume d]\n"
	     "downwardAPI.items.memory = limits.memory\n" A
	     "resources.limits.memory = 8\n[container b]\ncommand = x\n");
	assert_string_equal(file_of(0), "9");
	BAD("[volume d]\ndownwardAPI.items.x = metadata.uid\ndownwardAPI.items.y = labels\n"
	    "downwardAPI.items.z = limits.memory\n" A "[container b]\ncommand = x\n"
	    "resources.limits.memory = 1\n",
	    "downwardAPI.items.x: podinit does not have this", "downwardAPI.items.y: must be",
	    "downwardAPI.items.z: there is no such limit");
}

static void test_mounts(void **state)
{
	const struct mount_spec *m;

	(void)state;
	/* Proves: K8s 1.2.14, 8.6.12 */
	good(A "volumeMounts.one = /b/c/d:ro\nvolumeMounts.two = //b/./c/:subPath=x/y,ro\n"
	       "volumeMounts.one = /b:propagation=HostToContainer\n"
	       "volumeMounts.two = /a:propagation=Bidirectional\n"
	       "volumeMounts.one = /z:propagation=None\nsecurityContext.privileged = true\n"
	       "[volume zero]\n[volume one]\n[volume two]\n");
	assert_int_equal(spec.ctr[0].n_mounts, 5);
	m = spec.ctr[0].mount;
	assert_string_equal(m[0].path, "/b/c/d");
	assert_true(m[0].read_only && m[0].volume == 1);
	assert_string_equal(m[1].path, "/b/c");
	assert_string_equal(m[1].sub_path, "x/y");
	assert_true(m[1].read_only && m[1].propagation == PROPAGATION_NONE);
	assert_string_equal(m[2].path, "/b");
	assert_true(m[2].volume == 1 && m[2].propagation == PROPAGATION_HOST_TO_CONTAINER);
	assert_true(!m[2].read_only && !m[2].sub_path && m[2].line == 5);
	assert_string_equal(m[3].path, "/a");
	assert_true(m[3].volume == 2 && m[3].propagation == PROPAGATION_BIDIRECTIONAL);
	assert_string_equal(m[4].path, "/z");
	good("[volume v]\n" A "volumeMounts.v = /a:subPath=x/\n"
	     "volumeMounts.v = /b:subPath=./x//y/.\nvolumeMounts.v = /c:subPath=./\n");
	m = spec.ctr[0].mount;
	assert_string_equal(m[0].sub_path, "x");
	assert_string_equal(m[1].sub_path, "x/y");
	assert_string_equal(m[2].sub_path, ".");
	good("[volume unused]\n" A);
	assert_int_equal(spec.ctr[0].n_mounts, 0);
}

static void test_mounts_that_cannot_be(void **state)
{
	static const struct {
		const char *value, *message;
	} rows[] = {
		/* Proves: K8s 1.2.14 */
		{"", "must be volumeMounts.VOLUME = PATH[:OPTION,...]"},
		{":ro", "must be volumeMounts.VOLUME = PATH[:OPTION,...]"},
		{"a", "must be an absolute path"},
		{"/a/../b", "must have no \"..\""},
		{"/", "a volume cannot be the root"},
		{"/.//", "a volume cannot be the root"},
		{"/proc", "a volume cannot be in /proc"},
		{"//proc/./sys", "a volume cannot be in /proc"},
		{"/a:", "there is no option \"\""},
		{"/a:rw", "there is no option \"rw\": the options are ro, subPath=PATH"},
		{"/a:ro,", "there is no option \"\""},
		{"/a:ro:ro", "there is no option \"ro:ro\""},
		{"/a:subPath=", "subPath must not be empty"},
		{"/a:subPath=/b", "subPath must be a relative path"},
		{"/a:subPath=b/../../c", "subPath must have no \"..\""},
		{"/a:subPathExpr=$(A)", "podinit does not have subPathExpr"},
		{"/a:recursiveReadOnly=Enabled", "podinit does not have recursiveReadOnly"},
		{"/a:propagation=Shared", "propagation must be None, HostToContainer"},
		{"/a:propagation=Bidirectional", "Bidirectional needs securityContext.privileged"},
	};
	char text[256];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		snprintf(text, sizeof text, "[volume v]\n" A "volumeMounts.v = %s\n",
			 rows[i].value);
		BAD(text, rows[i].message);
		assert_string_equal(problems.v[0].key, "volumeMounts.v");
	}
	for (size_t i = 0; i < 2; i++) {
		snprintf(text, sizeof text, "[volume v]\n" A "volumeMounts.v = %s\n",
			 i ? "/proceed" : "/dev");
		good(text);
	}
	BAD("[volume v]\n" A "volumeMounts.v.mountPath = /a\n",
	    "volumeMounts.v.mountPath: must be volumeMounts.VOLUME = PATH[:OPTION,...]");
	BAD("[volume cache]\n" A "volumeMounts.cach = /a\nvolumeMounts.x = /b\n",
	    ":4: [container a] volumeMounts.cach: there is no such volume: did you mean cache?",
	    ":5: [container a] volumeMounts.x: there is no such volume: it needs a [volume x]");
	BAD("[volume v]\n[volume w]\n" A "volumeMounts.v = /a\nvolumeMounts.w = /a/\n"
	    "volumeMounts.v = /a/b\n",
	    ":6: [container a] volumeMounts.w: line 5 mounts another on /a");
}

static void test_too_many(void **state)
{
	char text[16384];
	size_t n = 0;

	(void)state;
	for (int i = 0; i < VOLUME_MAX; i++)
		n += (size_t)snprintf(text + n, sizeof text - n, "[volume v%d]\n", i);
	n += (size_t)snprintf(text + n, sizeof text - n, A);
	for (int i = 0; i < MOUNT_MAX; i++)
		n += (size_t)snprintf(text + n, sizeof text - n, "volumeMounts.v%d = /m%d\n", i, i);
	good(text);
	assert_int_equal(spec.n_volumes, VOLUME_MAX);
	assert_int_equal(spec.ctr[0].n_mounts, MOUNT_MAX);
	snprintf(text + n, sizeof text - n, "volumeMounts.v1 = /x\n[volume x]\n[volume y]\n");
	BAD(text, "a container has at most 64 mounts", "[volume x]: more than 128 volumes");
}

static void test_roots(void **state)
{
	const struct ctr_spec *c;

	(void)state;
	/* Proves: K8s 1.2.1, 1.2.3, 1.2.4, 1.2.16 */
	good("[container a]\nrootfs = LABEL=root\ncommand = bin/x\nworkingDir = //srv/./www/\n"
	     "image = docker.io/library/busybox:1.36\nterminationMessagePath = /x/log\n"
	     "livenessProbe.exec.command = bin/y\n"
	     "[container b]\ncommand = bin/x\nworkingDir = www\nlivenessProbe.exec.command = "
	     "bin/y\n"
	     "[container c]\ncommand = x\nrootfs = web\n");
	c = spec.ctr;
	assert_string_equal(c[0].rootfs, "LABEL=root");
	assert_string_equal(c[0].command.v[0], "bin/x");
	assert_string_equal(c[0].probe[PROBE_LIVENESS].handler.exec.v[0], "bin/y");
	assert_string_equal(c[0].working_dir, "/srv/www");
	assert_string_equal(c[0].image, "docker.io/library/busybox:1.36");
	assert_string_equal(c[0].message_path, "/x/log");
	assert_true(c[0].message_path_given && !c[1].message_path_given);
	assert_null(c[1].rootfs);
	assert_null(c[1].image);
	assert_string_equal(c[1].command.v[0], "/dir/bin/x");
	assert_string_equal(c[1].probe[PROBE_LIVENESS].handler.exec.v[0], "/dir/bin/y");
	assert_string_equal(c[1].working_dir, "/dir/www");
	assert_string_equal(c[1].message_path, "/dev/termination-log");
	assert_string_equal(c[2].rootfs, "/dir/web");
	assert_true(spec.prepare);
	good(A "rootfs = PARTLABEL=x\n");
	assert_string_equal(spec.ctr[0].rootfs, "PARTLABEL=x");
	BAD(A "image = \"busybox \"\n", "image: must be a name without blanks");
	BAD(A "rootfs = PARTLABEL=\nworkingDir = srv\nterminationMessagePath = log\n",
	    "rootfs: has nothing behind the \"=\"", "workingDir: must be an absolute path",
	    "terminationMessagePath: must be an absolute path");
}

static void test_terminals(void **state)
{
	(void)state;
	/* Proves: K8s 1.2.17 */
	good(A "tty = true\nstdin = true\n[container b]\ncommand = x\ntty = false\n");
	assert_true(spec.ctr[0].tty && spec.ctr[0].stdin_open && !spec.ctr[1].tty);
	BAD(A "stdin = true\n[container b]\ncommand = x\ntty = true\n[container c]\ncommand = x\n"
	      "stdin = true\n",
	    ":6: [container b] tty: only one container can have podinit's terminal, and line 1",
	    ":9: [container c] stdin: only one container can have podinit's standard input");
}

static void test_fs_group(void **state)
{
	(void)state;
	/* Proves: K8s 8.4.13, 8.4.14 */
	good("[pod]\nsecurityContext.fsGroup = 7\n"
	     "securityContext.fsGroupChangePolicy = OnRootMismatch\n" A);
	assert_true(spec.fs_group_given && spec.fs_group == 7 && spec.fs_group_on_mismatch);
	good("[pod]\nsecurityContext.fsGroup = 0\nsecurityContext.fsGroupChangePolicy = "
	     "Always\n" A);
	assert_true(spec.fs_group_given && spec.fs_group == 0 && !spec.fs_group_on_mismatch);
	assert_int_equal(spec.ctr[0].security.n_groups, 1);
	BAD("[pod]\nsecurityContext.fsGroupChangePolicy = Never\n" A,
	    "must be one of Always, OnRootMismatch");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_example_of_the_manual),
		cmocka_unit_test(test_empty_directories),
		cmocka_unit_test(test_host_paths),
		cmocka_unit_test(test_devices_and_the_like),
		cmocka_unit_test(test_a_volume_is_of_one_kind),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_names_of_files),
		cmocka_unit_test(test_files_that_are_too_large),
		cmocka_unit_test(test_files_of_the_downward_api),
		cmocka_unit_test(test_mounts),
		cmocka_unit_test(test_mounts_that_cannot_be),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_roots),
		cmocka_unit_test(test_terminals),
		cmocka_unit_test(test_fs_group),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
