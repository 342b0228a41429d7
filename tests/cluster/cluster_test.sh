#!/bin/sh
# SPDX-License-Identifier: ISC
# Slurm, MPI and GNU parallel, each beside the same without selfdock. tests/cluster/run has them.
# modes: plain setuid
# shellcheck disable=SC2016,SC2046 # scripts for the shell of a scene; words
. tests/common.sh

oneTimeSetUp() {
	for library in mpich openmpi; do
		mpicc.$library -O1 -o "$SCRATCH/home/$library" tests/cluster/mpi.c
	done
	ln -sf "$PWD/scripts/cluster/selfdock-step" "$SCRATCH/home/step"
	as_tester ssh-keygen -q -t ed25519 -N '' -f "$SCRATCH/home/key"
	install -d -o "$TESTER" -g "$TESTER" /home/tester/.ssh
	install -o "$TESTER" -g "$TESTER" "$SCRATCH/home/key.pub" /home/tester/.ssh/authorized_keys
}

tearDown() {
	as_tester rm -rf "$WORK"/*
}

# on_cluster SCRIPT: a scene in an empty directory. In it $in is what runs a program in an instance;
# "step" is selfdock-step, no srun takes for ever, and "now" prints milliseconds.
on_cluster() {
	scene 'cd "$WORK" && rm -rf ./*
		in="$SD run" SELFDOCK=$SD PROGRAMS='"$SCRATCH/home"'
		export SELFDOCK
		step=$PROGRAMS/step
		srun() { timeout "${most-120}" /usr/bin/srun -Q "$@"; }
		now() {
			read -r seconds _ </proc/uptime
			echo "${seconds%.*}${seconds#*.}0"
		}
		'"$1" </dev/null
}

# as_bare SCRIPT: it prints the same where $in is empty.
as_bare() {
	on_cluster "in=; $1"
	wanted=$output
	on_cluster "$1"
	assertEquals "$wanted" "$output"
	assertNotEquals "$1" '' "$output"
}

nothing_is_left() {
	on_cluster '$SD ls -q; pgrep -f "^sleep 7777"; grep -c selfdock /proc/self/mounts'
	assertEquals '0' "$output"
}

testStatusesPass() {
	on_cluster '{
		srun -n1 $in sh -c "exit 42"; echo $? >&3
		srun -n1 $in none; echo $? >&3
		srun -n1 $in /etc/passwd; echo $? >&3
		srun -n1 $in --unknown; echo $? >&3
		srun -n1 $in --init sh -c "kill -KILL \$\$"; echo $? >&3
		srun -n1 $in --init sh -c "kill -TERM \$\$"; echo $? >&3
	} 3>&1 2>/dev/null'
	assert_words '42 127 126 125 137 143'
}

testTasksAreThatUsersOnTheirNodes() {
	as_bare 'V=there srun -N3 -n6 $in sh -c "echo \$SLURM_PROCID \$(id -u) \$(uname -n) \$V \
		\$PWD" | sort'
	assertEquals 6 "$(printf '%s\n' "$output" | grep -c there)"
}

testCancelledTaskRunsItsTrap() {
	as_bare 'srun -n1 -J trapped $in sh -c "trap \"echo trapped; exit 7\" TERM
			echo ready; while :; do sleep 0.1; done" >out 2>/dev/null &
		until_true grep -q ready out
		scancel -n trapped
		wait $!
		echo $?
		cat out'
	assert_words '7 ready trapped'
}

testCancelledTaskWithoutATrapEnds() {
	as_bare 'srun -n1 -J plain $in sh -c "echo ready; exec sleep 7777" >out 2>/dev/null &
		until_true grep -q ready out
		scancel -n plain
		wait $!
		echo $?'
	assertEquals "$output" 143 "$output"
	nothing_is_left
}

testWarningBeforeTheEndOfItsTime() {
	on_cluster 'cat >script <<-EOF_SCRIPT
			#!/bin/sh
			exec $SD run sh -c "trap \"echo warned; exit 11\" USR1
				while :; do sleep 0.1; done"
		EOF_SCRIPT
		timeout 100 sbatch -Q -o out -t1 --signal=B:USR1@50 --wait script; echo $?; cat out'
	assert_words '11 warned'
}

testArrays() {
	as_bare 'timeout 60 sbatch -Q --array=1-20 -o out%a --wait \
			--wrap "$in sh -c \"set \\\$SLURM_ARRAY_TASK_ID; echo \\\$1; exit \\\$1\""
		echo $?
		cat out* | sort -n'
	assertEquals "$output" '20 1' "$(printf '%s\n' "$output" | head -n 2 | paste -sd ' ')"
}

# At the end of its input script writes a character, which a terminal may echo before it is raw.
testTerminal() {
	as_bare 'script -qec "srun --pty $in sh -c \"test -t 0 && test -t 1 && echo one; exit 6\" \
			2>/dev/null" /dev/null >out
		echo $?
		tr -d "\r" <out | sed "s/^^@//"'
	assert_words '6 one'
}

testStandardInput() {
	as_bare 'head -c 20000000 /dev/zero | srun -n1 $in cksum'
	assertContains "$output" '20000000'
}

testWhatATaskLeavesIsGone() {
	on_cluster 'srun -n1 $in sh -c "setsid sleep 7777 >/dev/null 2>&1 & sleep 0.2; echo ended"'
	assertEquals 'ended' "$output"
	nothing_is_left
}

testLimitOnMemory() {
	as_bare 'srun -n1 --mem=50 $in python3 -c "
import time
x = bytearray(200000000)
time.sleep(30)
print(\"not killed\")" 2>/dev/null
		echo $?'
	assertNotContains "$output" 'not killed'
}

testCommandsOfSlurmInside() {
	on_cluster '$in -m /run/munge /run/munge -m /etc/slurm /etc/slurm sinfo -h -o %D
		$in -v /run/munge /run/munge -m /etc/slurm /etc/slurm srun -Q -n2 echo inside'
	assert_words '3 inside inside'
}

testTasksOfANodeShareAnInstance() {
	on_cluster 'srun -n6 -N3 $step -- sh -c "
		echo \$SLURMD_NODENAME \$(readlink /proc/self/ns/pid)" >all
		sort -u all | wc -l; wc -l <all
		srun -n4 -N1 $step -t mode=1777 /srv/box -- sh -c "
			echo \$SLURM_PROCID >/srv/box/\$SLURM_PROCID
			until [ -e /srv/box/3 ]; do sleep 0.1; done
			exit \$SLURM_PROCID" 2>/dev/null
		echo $?
		until_true eval "[ -z \"\$($SD ls -q)\" ]"'
	assert_words '3 6 3'
	nothing_is_left
}

testStepEndsWithItsTasksAndWhatTheyLeave() {
	on_cluster 'srun -n3 -N1 $step -- sh -c "setsid sleep 7777 >/dev/null 2>&1 &
			sleep \$SLURM_PROCID; echo \$SLURM_PROCID" | sort
		until_true eval "[ -z \"\$($SD ls -q)\" ]"'
	assert_words '0 1 2'
	nothing_is_left
}

# mpi NAME RANKS SUM START...: the program says that all is right.
mpi() {
	name=$1 ranks=$2 sum=$3
	shift 3
	on_cluster "$*"
	assertEquals "$name" "$ranks ranks, sum $sum, 0 wrong" \
		"$(printf '%s\n' "$output" | head -n 1)"
}

testMpiOfSrun() {
	mpi 'MPICH, pmi2, 4 ranks on 1 node' 4 6 \
		'srun -n4 -N1 --mpi=pmi2 $step -m /sys /sys -- $PROGRAMS/mpich'
	# By TCP this MPICH does not always end after MPI_Finalize, without selfdock neither.
	mpi 'MPICH, pmi2, 4 ranks on 2 nodes' 4 6 \
		'most=15
		srun -N2 --ntasks-per-node=2 --mpi=pmi2 $step -m /sys /sys -- $PROGRAMS/mpich'
	mpi 'OpenMPI, pmix, 4 ranks on 1 node' 4 6 \
		'srun -n4 -N1 --mpi=pmix $step -m /sys /sys -- $PROGRAMS/openmpi'
	on_cluster 'until_true eval "[ -z \"\$($SD ls -q)\" ]"'
	nothing_is_left
}

testMpiOfMpirun() {
	mpi 'MPICH, all in one instance' 4 6 '$in -m /sys /sys mpirun.mpich -n 4 $PROGRAMS/mpich'
	mpi 'OpenMPI, all in one instance' 4 6 \
		'$in -m /sys /sys mpirun.openmpi --oversubscribe -n 4 $PROGRAMS/openmpi'
	mpi 'MPICH, ranks in selfdock-step' 4 6 \
		'mpirun.mpich -n 4 $step -m /sys /sys -- $PROGRAMS/mpich'
	mpi 'OpenMPI, ranks in selfdock-step' 4 6 '
		mpirun.openmpi --oversubscribe -n 4 $step -m /sys /sys -- $PROGRAMS/openmpi'
	mpi 'OpenMPI, ranks in selfdock-step on 2 nodes' 4 6 '
		timeout 60 salloc -Q -N2 -n4 \
			mpirun.openmpi -n 4 $step -m /sys /sys -- $PROGRAMS/openmpi'
	for library in mpich openmpi; do
		on_cluster "timeout 60 salloc -Q -N2 -n4 mpirun.$library -n 4"' \
				$step -- readlink /proc/self/ns/pid >all
			sort -u all | wc -l; wc -l <all'
		assert_words '2 4'
	done
	on_cluster 'until_true eval "[ -z \"\$($SD ls -q)\" ]"'
	nothing_is_left
}

testRanksUseSharedMemory() {
	on_cluster 'UCX_LOG_LEVEL=info \
			srun -n2 -N1 --mpi=pmi2 $step -m /sys /sys -- $PROGRAMS/mpich'
	assertContains "$output" 'sysv/memory cma/memory'
	on_cluster 'OMPI_MCA_btl=self,vader OMPI_MCA_pml=ob1 \
			srun -n2 -N1 --mpi=pmix $step -m /sys /sys -- $PROGRAMS/openmpi'
	assertContains "$output" '2 ranks, sum 1, 0 wrong'
	on_cluster 'until_true eval "[ -z \"\$($SD ls -q)\" ]"'
}

testParallelOverSsh() {
	on_cluster 'seq 200 | parallel --ssh "ssh -i $PROGRAMS/key -o StrictHostKeyChecking=no \
			-o UserKnownHostsFile=/dev/null -o LogLevel=ERROR" \
			--sshlogin 4/tester@machine --joblog log \
			$SD run --die-with-parent echo {} | sort -n | cksum
		seq 200 | cksum
		awk "NR > 1 && \$7 == 0" log | wc -l'
	assertEquals "$output" "$(printf '%s\n' "$output" | sed -n 2p)" \
		"$(printf '%s\n' "$output" | sed -n 1p)"
	assertEquals 200 "${output##*
}"
	nothing_is_left
}

testManyTasksAreAllAccountedFor() {
	rounds 100 1000 10000
	on_cluster "tasks=$rounds"'
		seq $tasks | parallel -j4 --joblog log $SD run true
		awk "NR > 1 && \$7 == 0" log | wc -l
		timeout 600 sbatch -Q --array=1-$((tasks / 10)) -o /dev/null --wait \
			--wrap "$SD run true; echo \$? >>$WORK/statuses"
		sort statuses | uniq -c'
	assert_words "$rounds $((rounds / 10)) 0"
	nothing_is_left
	figure "$rounds tasks by parallel, $((rounds / 10)) by an array"
}

# compare NAME UNIT WORD BOUND: a figure of $output, which has two numbers, bare and in an instance.
# That the second is at most or at least BOUND times the first is wanted, and no test: other work on
# this machine changes both.
compare() {
	name=$1 unit=$2 word=$3 bound=$4
	set -- $(printf '%s\n' "$output" | tr -dc '0-9\n')
	assertEquals "$name: $output" 2 $#
	figure "$name: $1 $unit, in an instance $2 $unit, $(awk -v ratio="$(($2 * 1000 / $1))" \
		-v word="$word" -v bound="$bound" 'BEGIN {
			ratio /= 1000
			printf "%.2f x; wanted at %s %s", ratio, word, bound
			if (word == "most" && ratio > bound) printf ": ABOVE THE BOUND"
			if (word == "least" && ratio < bound) printf ": BELOW THE BOUND"
		}')"
}

# time_it NAME BOUND SCRIPT: the milliseconds that it takes bare and in an instance, each the median
# of five, by turns.
time_it() {
	on_cluster '
		for round in 1 2 3 4 5; do
			for in in "" "$SD run"; do
				begin=$(now)
				{ '"$3"'; } >/dev/null 2>&1
				echo "${in:+in} $(($(now) - begin))"
			done
		done >times
		for which in "^ " "^in"; do grep "$which" times | sort -n -k 2 | sed -n 3p; done'
	compare "$1" ms most "$2"
}

# rate_it NAME BARE IN: the same for the rates that the two MPI programs print, of ten. All print
# one.
rate_it() {
	on_cluster '
		for round in 1 2 3 4 5 6 7 8 9 10; do
			echo " $('"$2"' 2>/dev/null | sed -n "2s/ .*//p")"
			echo "in $('"$3"' 2>/dev/null | sed -n "2s/ .*//p")"
		done >rates
		for which in "^ " "^in"; do
			[ "$(grep -c "$which *[0-9]" rates)" = 10 ] &&
				grep "$which" rates | sort -n -k 2 | sed -n 5p
		done'
	compare "$1" MB/s least 0.7
}

testHowFastRanksTalk() {
	in_step='$step -m /sys /sys --' in_one='$in -m /sys /sys'
	srun='srun -n4 -N1 --mpi=pmi2' program='$PROGRAMS/mpich'
	rate_it 'MPICH by srun, 4 ranks' "$srun $program" "$srun $in_step $program"
	mpirun='mpirun.mpich -n 4'
	rate_it 'MPICH by mpirun, 4 ranks' "$mpirun $program" "$mpirun $in_step $program"
	rate_it 'MPICH, all in one instance' "$mpirun $program" "$in_one $mpirun $program"
	srun='srun -n4 -N1 --mpi=pmix' program='$PROGRAMS/openmpi'
	rate_it 'OpenMPI by srun, 4 ranks' "$srun $program" "$srun $in_step $program"
	mpirun='mpirun.openmpi --oversubscribe -n 4'
	rate_it 'OpenMPI by mpirun, 4 ranks' "$mpirun $program" "$mpirun $in_step $program"
	rate_it 'OpenMPI, all in one instance' "$mpirun $program" "$in_one $mpirun $program"
}

testHowLongACancelledTaskStays() {
	on_cluster '
		for in in "" "$SD run"; do
			for trap in "trap \"exit 7\" TERM" ""; do
				srun -n1 -J timed $in sh -c "$trap
					echo ready; while :; do sleep 0.1; done" >out 2>/dev/null &
				until_true grep -q ready out
				begin=$(now)
				scancel -n timed
				wait $!
				echo $(($(now) - begin))
				rm out
			done
		done'
	set -- $(printf '%s\n' "$output" | tr -dc '0-9\n')
	assertEquals "$output" 4 $#
	figure "scancel, trap or not: $1 and $2 ms, in an instance $3, $4 ms; wanted at most 2000"
}

testHowLongItTakes() {
	time_it 'srun -N3 -n192 true' 1.3 'srun -N3 -n192 $in true'
	time_it '20 x srun -n1 true' 1.15 'for task in $(seq 20); do srun -n1 $in true; done'
}

. shunit2
