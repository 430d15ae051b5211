#!/bin/sh
case $1 in
--list) echo '{"web": {"hosts": ["w1", "w2"]}, "db": {"children": ["web"]}}' ;;
--host) [ "$2" != w1 ] || echo "{\"name_was\": \"$2\", \"n\": 12345678901234567890}" ;;
esac
