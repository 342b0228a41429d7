// The standard operators of mutation, for tests/random-mutants. Without MUTANT=, each place is
// printed as "OPERATOR LINE COLUMN"; with one of these, the file is changed in that place alone.
@initialize:python@
@@
import os
wanted = os.environ.get('MUTANT')

def choose(operator, position):
    place = f'{operator} {position[0].line} {position[0].column}'
    if not wanted:
        print(place)
    if place != wanted:
        cocci.include_match(False)

@negate@
expression E; statement S1, S2; position p;
@@
if@p (E) S1 else S2
@script:python@
p << negate.p;
@@
choose('negate', p)
@@
expression E; statement S1, S2; position negate.p;
@@
if@p (
- E
+ !(E)
 ) S1 else S2

@delete@
expression E; position p;
@@
E;@p
@script:python@
p << delete.p;
@@
choose('delete', p)
@@
expression E; position delete.p;
@@
- E;@p
+ ;

@and@
expression A, B; position p;
@@
A &&@p B
@script:python@
p << and.p;
@@
choose('and', p)
@@
expression A, B; position and.p;
@@
A
- &&@p
+ ||
B

@or@
expression A, B; position p;
@@
A ||@p B
@script:python@
p << or.p;
@@
choose('or', p)
@@
expression A, B; position or.p;
@@
A
- ||@p
+ &&
B

@less@
expression A, B; position p;
@@
A <@p B
@script:python@
p << less.p;
@@
choose('less', p)
@@
expression A, B; position less.p;
@@
A
- <@p
+ <=
B

@most@
expression A, B; position p;
@@
A <=@p B
@script:python@
p << most.p;
@@
choose('most', p)
@@
expression A, B; position most.p;
@@
A
- <=@p
+ <
B

@more@
expression A, B; position p;
@@
A >@p B
@script:python@
p << more.p;
@@
choose('more', p)
@@
expression A, B; position more.p;
@@
A
- >@p
+ >=
B

@least@
expression A, B; position p;
@@
A >=@p B
@script:python@
p << least.p;
@@
choose('least', p)
@@
expression A, B; position least.p;
@@
A
- >=@p
+ >
B

@equal@
expression A, B; position p;
@@
A ==@p B
@script:python@
p << equal.p;
@@
choose('equal', p)
@@
expression A, B; position equal.p;
@@
A
- ==@p
+ !=
B

@unequal@
expression A, B; position p;
@@
A !=@p B
@script:python@
p << unequal.p;
@@
choose('unequal', p)
@@
expression A, B; position unequal.p;
@@
A
- !=@p
+ ==
B

@bitor@
expression A, B; position p;
@@
A |@p B
@script:python@
p << bitor.p;
@@
choose('bitor', p)
@@
expression A, B; position bitor.p;
@@
A
- |@p
+ &
B

@bitand@
expression A, B; position p;
@@
A &@p B
@script:python@
p << bitand.p;
@@
choose('bitand', p)
@@
expression A, B; position bitand.p;
@@
A
- &@p
+ |
B

@plus@
expression A, B; position p;
@@
A +@p B
@script:python@
p << plus.p;
@@
choose('plus', p)
@@
expression A, B; position plus.p;
@@
A
- +@p
+ -
B

@minus@
expression A, B; position p;
@@
A -@p B
@script:python@
p << minus.p;
@@
choose('minus', p)
@@
expression A, B; position minus.p;
@@
A
- -@p
+ +
B

@number@
constant int C; position p;
@@
C@p
@script:python@
p << number.p;
@@
choose('number', p)
@@
constant int C; position number.p;
@@
- C@p
+ (C + 1)
