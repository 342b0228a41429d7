#!/bin/sh
# SPDX-License-Identifier: ISC
# selfdock-step, by variables as Slurm and mpirun set them; tests/cluster has the true ones.
# modes: plain setuid
# shellcheck disable=SC2016 # scripts for the shell of a scene
. tests/common.sh

tearDown() {
	as_tester rm -rf "$WORK"/*
}

# with_tasks SCRIPT: a scene in which "task NUMBER WORD..." runs selfdock-step as that task of two
# on the second node of a step, and "ended" waits for the end of its instance.
with_tasks() {
	scene "cd \"\$WORK\"; step='$PWD/scripts/cluster/selfdock-step'"'
		export SELFDOCK="$SD" SLURM_JOB_ID=$$ SLURM_STEP_ID=5 SLURM_NODEID=1
		export SLURM_STEP_TASKS_PER_NODE="1,2(x3)"
		task() {
			SLURM_LOCALID=$1
			export SLURM_LOCALID
			shift
			sh "$step" "$@"
		}
		ended() {
			name=step-$SLURM_JOB_ID.$SLURM_STEP_ID-$SLURM_NODEID
			until_true eval "! $SD ls -q $name"
		}
		'"$1"
}

testTasksShareAnInstanceThatEndsWithThem() {
	with_tasks 'task 0 -t mode=1777 /srv/box -- sh -c "
			until [ -e /srv/box/one ]; do sleep 0.1; done
			setsid sleep 94.$SLURM_JOB_ID >/dev/null 2>&1 & exit 3" & first=$!
		task 1 -- sh -c "echo >/srv/box/one; exit 4"; echo $?
		wait $first; echo $?
		ended
		pgrep -f "^sleep 94.$SLURM_JOB_ID"'
	assert_words '4 3'
}

testTaskThatEntersLateIsWaitedFor() {
	printf '#!/bin/sh\n[ "$2" != --trace ] || sleep 4\nexec "%s" "$@"\n' "$SELFDOCK" \
		>"$SCRATCH/home/slow"
	chmod 755 "$SCRATCH/home/slow"
	with_tasks 'task 0 -- true
		SELFDOCK='"$SCRATCH/home/slow"' task 1 -- echo late
		ended'
	assertEquals late "$output"
}

testAnotherRootFileSystemNeedsFourPrograms() {
	as_tester mkdir -p "$WORK/root/proc" "$WORK/root/dev" "$WORK/root/bin"
	for program in sh grep mkdir sleep; do
		as_tester cp "$(command -v busybox)" "$WORK/root/bin/$program"
	done
	printf '#!/bin/sh\necho /*\n' | as_tester tee "$WORK/solver" >/dev/null
	as_tester chmod 755 "$WORK/solver"
	with_tasks 'task 0 -w -r "$WORK/root" -- ./solver &
		task 1 -- ./none; echo $?
		wait $!
		ended'
	assertContains "$output" '/bin'
	assertNotContains "$output" '/usr'
	assertContains "$output" 'selfdock-step: '
	assertContains "$output" '127'
}

testItsOwnOptionsWin() {
	with_tasks 'task 0 -n other -v /dev/shm /dev/shm -- sleep 2 &
		task 1 -- sh -c "ls -d /dev/shm/selfdock*"
		$SD ls | grep -c " step-$$.5-1 .* sh -c looks=2 waits=60; while "
		ended'
	assertContains "$output" 'No such file'
	assertEquals "$output" 1 "${output##*
}"
}

testWhatLacksIsNamed() {
	with_tasks 'task 0 true; echo $?
		task 0 --; echo $?
		task 0 --unknown -- true; echo $?
		SLURM_NODEID=4; task 0 -- true; echo $?
		unset SLURM_STEP_ID; task 0 -- true; echo $?'
	assertEquals "selfdock-step: no command: selfdock-step [OPTION]... -- COMMAND [ARG]...
125
selfdock-step: no command: selfdock-step [OPTION]... -- COMMAND [ARG]...
125
selfdock-run: unknown option '--unknown'; see 'selfdock-run --help'
125
selfdock-step: SLURM_STEP_TASKS_PER_NODE is 1,2(x3), without node 4
125
selfdock-step: SLURM_STEP_ID is not set: neither srun has started this, nor mpirun
125" "$output"
}

# mpirun starts all ranks itself: what "exec" replaces here has the parent that they have.
testRanksOfMpirunShareOneWithAnyVariablesOfSlurm() {
	for names in 'OMPI_COMM_WORLD_LOCAL_SIZE OMPI_COMM_WORLD_LOCAL_RANK' \
		'MPI_LOCALNRANKS MPI_LOCALRANKID'; do
		with_tasks '
			rank() {
				export '"${names% *}=2 ${names#* }"'=$1
				exec sh "$step" -t mode=1777 /srv/box -- sh -c "
					echo $1 >/srv/box/$1
					until [ -e /srv/box/$((1 - $1)) ]; do sleep 0.1; done
					exit 1$1"
			}
			rank 0 & first=$!
			rank 1 & second=$!
			until_true eval "$SD ls -q step-mpirun-$$"
			wait $first; echo $?
			wait $second; echo $?
			until_true eval "! $SD ls -q step-mpirun-$$"'
		assert_words '10 11'
	done
}

testPmiIsPassed() {
	with_tasks 'export SLURM_STEP_TASKS_PER_NODE=1 SLURM_NODEID=0 PMI_FD=7
		task 0 -- sh -c "echo \$PMI_FD; echo passed >&7" 7>pmi
		cat pmi
		mkdir "$WORK/pmix dir"
		export PMIX_SERVER_TMPDIR="$WORK/pmix dir" SLURM_STEP_ID=6
		unset PMI_FD
		task 0 -- touch "$WORK/pmix dir/file"; ls "$WORK/pmix dir"
		ended'
	assert_words '7 passed file'
}

. shunit2
