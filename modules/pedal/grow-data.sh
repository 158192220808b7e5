# DATA, a link to the data partition, takes the rest of its disk, if there is a rest.
partition=$(readlink -f "$DATA")
number=$(cat "${SYS:-/sys}/class/block/${partition##*/}/partition")
disk=/dev/$(lsblk -ndo PKNAME "$partition")
code=0
growpart "$disk" "$number" || code=$?
# 1: there is no room, so it has all of it already.
if [ "$code" -gt 1 ]; then exit "$code"; fi
resize2fs "$partition"
