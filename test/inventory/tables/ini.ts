import type { InventoryCase } from '../support/inventory-case.ts'

/** One INI file each: what a line may hold, by name of the case. */
const texts: Readonly<Record<string, string>> = {
  'empty file with one host': '\n\n\nh1\n\n',
  'comments of both kinds': '# one\n; two\nh1 x=1 # three\n  # four\n[g] # five\nh2 # six\n;[gone]\n',
  'hash inside of words': 'h1 x=a#b\nh2 x="a#b"\nh3 x=a\\#b\n[g:vars]\ny=a#b\nz=a # b\n[g]\nh1\n',
  'semicolons inside of lines': 'h1 x=a;b\n[g:vars]\ny=a;b\nz=1 ; 2\n[g]\nh1\n',
  'windows line ends': '[web]\r\nw1 x=1\r\nw2\r\n[web:vars]\r\ny=2 \r\n',
  'old line ends': '[web]\rw1 x=1\rw2\r[web:vars]\ry=2\r',
  'tabs and many blanks': '[web]\t\n\tw1\tx=1\t\ty=2   z=3\n   w2   \n[web:vars]\n\ta\t=\tb c\t\n',
  'form feeds are line ends': 'h1\fh2\vh3\n',
  'unicode blanks at the ends of lines': '\u00a0h1 x=1\u00a0\n\u3000h2\n[g]\u2003\nh1\n',
  'unicode line separators': 'h1\u2028h2\u2029h3\u0085h4\n',
  'unicode names and values': '[größe]\nhöst-1 wert=äöü\n主机 名=值\n[größe:vars]\nσ=Ω\n😀=🎉\n',
  'numbers with a padded range': 'web[01:10]\nweb[001:003]\nx[08:12]\n',
  'numbers with a stride': 'a[1:10:3]\nb[0:20:5]\nc[01:20:07]\n',
  'range of one': 'a[5:5]\nb[a:a]\nc[07:07]\n',
  'range that is empty': 'a[5:3]\nb\n',
  'range without a begin': 'a[:3]\nb[:2:2]\n',
  'letters of both cases': 'a[a:e]\nb[X:Z]\nc[x:C]\nd[a:z:5]\n',
  'ranges twice and thrice': 'r[1:2]-[a:b]\ns[1:2][1:2]\nt[0:1]x[0:1]y[0:1]\n',
  'ranges in the middle of names': 'db-[1:3].example.com\n10.0.0.[1:3]\n10.0.[1:2].[1:2]\n',
  'ranges with ports': 'h[1:3]:2222\n10.0.0.[1:2]:22\n',
  'ranges with variables': 'h[1:3] x="a b" n=5\n',
  'ranges in a group twice': '[a]\nh[1:3] x=1\n[b]\nh[2:4] x=2\n',
  'addresses as names': '10.0.0.1\n10.0.0.2:2222\n2001:db8::1\n[2001:db8::2]:2222\n::1\nfe80::1\n',
  'bracketed names with ports': '[h1]:22\n[10.0.0.1]:23\n',
  'names that are no host names': 'h_1\nh.1.\n-h:22\nh-:22\nodd!name:22\nh@x\nh/x:22\n_h:22\n',
  'ports that are zero or large': 'a:0\nb:99999\nc:007\n',
  'names with many colons': 'a:b\na:b:22\nfoo:bar:baz\n',
  'port given twice': 'h:22\nh:2222\n[g]\nh:3333 ansible_port=44\n',
  'words in quotes': `h1 a="x y" b='x y' c="it's" d='say "hi"' e="a\\"b" f='a\\b' g=x" y "z\n`,
  'quotes around names': `"h1" "a"=1 'b=x y'\n'h 2' c=3\n`,
  backslashes: 'h1 a=x\\ y b=\\\\ c="\\n" d="\\\\n" e=\\"q\\"\n',
  'empty values': `h1 a= b="" c=''\n[g]\nh1\n[g:vars]\nd=\ne=""\nf=''\n`,
  'equals in values': 'h1 a=b=c d="e=f" =x g==\n[g]\nh1\n[g:vars]\na=b=c\n=y\nz==\n',
  'variable given twice': 'h1 a=1 a=2\nh1 a=3\n[g]\nh1\n[g:vars]\nb=1\nb=2\n',
  'maps given twice replace': `h1 a="{'x': 1}"\n[g]\nh1 a="{'y': 2}"\n[g:vars]\nb={'x': 1}\nb={'y': 2}\n`,
  integers: 'h1 a=1 b=-1 c=+1 d=0 e=00 f=0644 g=1_000 h=0x1F i=0o17 j=0b101 k=--1 l=1__0 m=1_ n=_1\n',
  'numbers with fractions':
    'h1 a=1.5 b=.5 c=5. d=1e3 e=1E-3 f=-1.5 g=1.2.3 h=1_0.5 i=1e i=0.1e+2 j=08.5 k=1.50\n',
  'words that mean something':
    'h1 a=True b=False c=None d=true e=false f=none g=null h=yes i=no j=TRUE k=Null\n',
  lists:
    'h1 a=[] b=[1,2] c="[1, \'two\', 3.0]" d=[1,[2,[3]]] e="[1, ]" f=[x] g=[1 h=(1,2) i=(1,) j=() k=(1)\n',
  maps: `h1 a={} b="{'x': 1}" c='{"x": {"y": [1, None, True]}}' d={x:1} e="{1: 2}" f="{True: 1}" g="{'a': 1, 'a': 2}" h="{'a': 1,}"\n`,
  'texts inside of values': `h1 a="'q'" b='"q"' c="u'q'" d="r'a\\\\b'" e="'a' 'b'" f="'''t'''" g="b'x'" h="f'x'" i="'a"\n`,
  'escapes inside of texts': `[g]\nh1\n[g:vars]\na='x\\ty'\nb='\\x41\\u00e9\\101'\nc='\\q'\nd="it's"\nf=r'\\t'\ng='\\0'\n`,
  'values with comments behind them':
    '[g]\nh1\n[g:vars]\na=1 # one\nb=[1] # list\nc=x # text\nd="q" # quoted\ne={} #\n',
  'values that are code':
    '[g]\nh1\n[g:vars]\na=1+1\nb=1+2\nc=len(x)\nd=a.b\ne=-True\nf=not True\ng=1 if 2 else 3\nh=lambda: 1\n',
  'values with blanks': '[g]\nh1\n[g:vars]\na = x  y \n b= 1\nc =[1, 2]\nd=  "x"\n e f = g\n',
  'tuples without parentheses': '[g]\nh1\n[g:vars]\na=1,2\nb=1,\nc=x,y\nd="a","b"\ne=,\n',
  templates: 'h1 a="{{ b }}" c={{d}} e="<%= f %>"\n[g]\nh1\n[g:vars]\nx={{ y }}\nz={% if a %}b{% endif %}\n',
  'brackets in values': '[g]\nh1\n[g:vars]\na=[b\nb=]\nc=x[1]\n[d]=1\ne={\n',
  'groups one inside of the other':
    '[a]\nh1\n[b:children]\na\n[c:children]\nb\n[d:children]\nc\n[d:vars]\nx=1\n[a:vars]\nx=2\n',
  'group with two parents': '[a]\nh1\n[b:children]\na\n[c:children]\na\n[b:vars]\nx=b\n[c:vars]\nx=c\n',
  'children declared later, through others': '[a:children]\nb\n[b:children]\nc\n[c]\nh1\n',
  'children with comments and blanks': '[a:children]\n b  \nc # see below\n\n# none\n[b]\nh1\n[c]\nh2\n',
  'child named twice': '[a:children]\nb\nb\n[b]\nh1\n[a:children]\nb\n',
  'all names its children': '[all:children]\na\nb\n[b]\nh2\n[a]\nh1\n[all:vars]\nx=1\n',
  'all holds hosts': '[all]\nh1\nh2\n[g]\nh1\n',
  'ungrouped written out': '[ungrouped]\nh1 x=1\n[g]\nh2\n[ungrouped:vars]\nu=1\n',
  'ungrouped as a parent': '[ungrouped:children]\na\n[a]\nh1\n[b]\nh2\n',
  'host leaves ungrouped later': 'h1\nh2\n[g]\nh1\n',
  'empty groups': '[a]\n[b]\n[c:children]\na\nb\n[d:vars]\nx=1\n[d]\n[e:children]\n',
  'variables of a group before its hosts': '[g:vars]\nx=1\n[g]\nh1\n',
  'variables of a group after a later group': '[g]\nh1\n[k]\nh2\n[g:vars]\nx=1\n[k:vars]\nx=2\n',
  'sections repeated': '[a]\nh1\n[b]\nh2\n[a]\nh3\n[a:vars]\nx=1\n[a:vars]\ny=2\n',
  'hosts section written out': '[a:hosts]\nh1\n[b:hosts]\nh2\n',
  'names of groups with dashes and dots':
    '[my-group]\nh1\n[my.group]\nh2\n[1st]\nh3\n[a/b]\nh4\n[my-group:vars]\nx=1\n',
  'group and host of one name': 'web x=1\n[web]\nw1\nweb\n[db]\nweb y=2\n',
  'priority among brothers': '[a]\nh1\n[b]\nh1\n[a:vars]\nansible_group_priority=10\nx=a\n[b:vars]\nx=b\n',
  'priority that is text or broken off':
    '[a]\nh1\n[b]\nh1\n[a:vars]\nansible_group_priority="7"\n[b:vars]\nansible_group_priority=2.9\nx=b\n',
  'priority below and beside one':
    '[a]\nh\n[b]\nh\n[c]\nh\n[a:vars]\nansible_group_priority=-1\nx=a\n[b:vars]\nansible_group_priority=1\nx=b\n[c:vars]\nansible_group_priority=0\nx=c\n',
  'priority does not beat depth':
    '[a]\nh1\n[p:children]\na\n[p:vars]\nansible_group_priority=100\nx=p\n[a:vars]\nx=a\n',
  'connection variables':
    'h1 ansible_host=192.0.2.1 ansible_port=2222 ansible_user=root ansible_connection=ssh ansible_ssh_private_key_file=~/.ssh/id ansible_password=secret ansible_become=yes ansible_become_user=root ansible_become_method=sudo ansible_become_password=x ansible_ssh_common_args="-o ProxyCommand=\'ssh -W %h:%p jump\'" ansible_python_interpreter=/usr/bin/python3\nh2 ansible_ssh_host=192.0.2.2 ansible_ssh_port=22 ansible_ssh_user=u ansible_ssh_pass=1234\n',
  'own connection variables':
    'h1 kmesos_host=192.0.2.1 kmesos_port=2222 kmesos_user=root kmesos_address=10.0.0.1 kmesos_become=true\n',
  aliases: 'jumper ansible_port=5555 ansible_host=192.0.2.50\nother ansible_host=jumper\n',
  'localhost and its addresses': 'localhost ansible_connection=local\n127.0.0.1\n',
  'very long line': `h1 ${Array.from({ length: 300 }, (_, index) => `k${index}=v${index}`).join(' ')}\n`,
  'very deep value': `[g]\nh1\n[g:vars]\na=${'['.repeat(60)}${']'.repeat(60)}\n`,
  'prototype names':
    'h1 __proto__=1 constructor=2 toString=3\n[g]\nh1\n[g:vars]\n__proto__=4\n[constructor]\nh2\n[__proto__]\nh3\n',
  'same host in many groups':
    '[a]\nh1 x=a\n[b]\nh1 x=b\n[c]\nh1\n[d:children]\na\nb\nc\n[d:vars]\ny=d\nx=never\n',
}

export const iniCases: readonly InventoryCase[] = Object.entries(texts).map(([name, text]) => ({
  name: `ini: ${name}`,
  files: { hosts: text },
}))
